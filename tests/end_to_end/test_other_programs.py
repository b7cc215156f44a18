# SPDX-License-Identifier: BSD-3-Clause
"""One job of several programs: compiled ones beside pylaunch, and several of pylaunch's, each with --ranks."""

import concurrent.futures
import json
import os
import unittest

import harness

USAGE = 64
SYSTEM = 71
SOLVER = os.environ.get("PYLAUNCH_TEST_MPI_SOLVER")

COUPLED = """\
import json, sys
from mpi4py import MPI
world = MPI.COMM_WORLD
own = world.Split(1, world.rank)
boundary = bytearray(8)
world.Recv([boundary, MPI.DOUBLE], source=0, tag=7)
mine = memoryview(bytearray(8)).cast("d")
mine[0] = 100 + world.rank
world.Reduce([mine, MPI.DOUBLE], None, root=0)
report({"world": [world.rank, world.size], "own": [own.rank, own.size],
        "boundary": memoryview(boundary).cast("d")[0], "json": json.__spec__.loader.__class__.__name__})
"""


class Jobs(harness.Case):
    """`job(...)` takes (ranks, command) pairs, in the order of the ranks."""

    timeout = 40

    def job(self, *parts, env=(), **options):
        words = [harness.tool(harness.MPIEXEC)]
        for ranks, command in parts:
            words += [":"] if len(words) > 1 else []
            words += ["-n", ranks, *command]
        return self.execute(words, env=env, **options)

    def pylaunch(self, ranks, *arguments):
        return [harness.PYLAUNCH, f"--ranks={ranks}", *arguments]


class Coupled(Jobs):
    def check(self, *options, nodes=1):
        program = self.program(COUPLED)
        for _ in range(2):
            result = self.job((2, [SOLVER]), (2, self.pylaunch("2-3", *options, program)),
                              env={"MPIR_CVAR_NUM_CLIQUES": str(nodes)})
            self.assert_ended(result)
            self.assertEqual(result.stdout, f"solver: 2 of 4 ranks, sum {0 + 1 + 102 + 103}\n")
            self.assertEqual({rank: result.reports[rank]["own"] for rank in (2, 3)}, {2: [0, 2], 3: [1, 2]})
            self.assertEqual([result.reports[rank]["boundary"] for rank in (2, 3)], [1.5, 1.5])
        return result

    def test_python_and_compiled_program_exchange_messages_and_take_part_in_collectives(self):
        for nodes in (1, 2):
            result = self.check(nodes=nodes)
            self.assertEqual([result.reports[rank]["json"] for rank in (2, 3)], ["MemorySourceFileLoader"] * 2)

    def test_files_are_broadcast_among_the_named_ranks_and_the_report_has_their_numbers(self):
        self.check("--report=report.json")
        report = json.loads((self.folder / "report.json").read_text())
        self.assertEqual([rank["rank"] for rank in report["ranks"]], [2, 3])
        self.assertIn(report["slowest_rank"], (2, 3))
        self.assertEqual([rank["modules_from_files"] for rank in report["ranks"]], [0, 0])

    def test_every_rank_may_read_its_files_itself(self):
        self.check("--no-broadcast")

    def test_failed_python_program_ends_the_compiled_one_that_waits_for_it(self):
        for program, status in (("1/0", 1), ("import sys; sys.exit(7)", 7)):
            result = self.job((1, [SOLVER]), (2, self.pylaunch("1-2", "-c", program)))
            self.assert_ended(result, status)
        self.assert_ended(self.job((1, [SOLVER]), (2, self.pylaunch("1-2", "missing.py"))), 2)


class SeveralOfPylaunch(Jobs):
    def test_programs_with_their_own_ranks_run_side_by_side(self):
        self.write("a.py", "from mpi4py import MPI; print('a', MPI.COMM_WORLD.allreduce(1))\n")
        self.write("b.py", "from mpi4py import MPI; print('b', MPI.COMM_WORLD.allreduce(1))\n")
        for _ in range(2):
            result = self.job((1, self.pylaunch("0", "a.py")), (2, self.pylaunch("2,1", "b.py")))
            self.assert_ended(result)
            self.assertEqual(sorted(result.stdout.splitlines()), ["a 3", "b 3", "b 3"])


class WrongRanks(Jobs):
    def check_refused(self, *parts, status=USAGE, says, **options):
        result = self.job(*parts, **options)
        self.assert_ended(result, status)
        self.assertRegex(result.stderr, says)
        self.assertEqual(result.stdout, "")

    def test_rank_that_is_not_named(self):
        self.check_refused((1, [SOLVER]), (1, self.pylaunch("0", "-c", "print(1)")),
                           says="--ranks=0 does not name rank 1 of MPI_COMM_WORLD")

    def test_rank_that_there_is_not(self):
        self.check_refused((1, [SOLVER]), (1, self.pylaunch("1-2", "-c", "print(1)")),
                           says="names rank 2, but MPI_COMM_WORLD has 2 ranks")

    def test_wrong_list_and_wrong_options_end_the_other_programs(self):
        self.check_refused((1, [SOLVER]), (1, self.pylaunch("1-x", "-c", "print(1)")),
                           says="'1-x' is neither a rank nor a range")
        self.check_refused((1, [SOLVER]), (1, self.pylaunch("1", "--nonsense", "-c", "print(1)")),
                           says="unknown option '--nonsense'")

    def test_lists_that_differ(self):
        self.check_refused((1, self.pylaunch("0-1", "-c", "print(1)")), (1, self.pylaunch("0-1,2", "-c", "print(1)")),
                           (1, self.pylaunch("0-1,2", "-c", "print(1)")), says="rank . has another --ranks than 0-[12]")


class OthersThatDoNotCome(Jobs):
    def test_ranks_that_wait_for_another_program_say_so_after_120_s(self):
        def check(ranks, says):
            result = self.execute([harness.tool(harness.MPIEXEC), "-n", 1, SOLVER, ":", "-n", 1, harness.PYLAUNCH, *ranks,
                                   "-c", "print(1)"], timeout=240)
            self.assert_ended(result, SYSTEM)
            self.assertIn(f"some ranks have not come within 120 s. {says}", result.stderr)
            self.assertEqual(result.stdout, "")

        with concurrent.futures.ThreadPoolExecutor() as pool:
            for job in [pool.submit(check, [], "If they are another program than pylaunch, name pylaunch's own ranks with --ranks"),
                        pool.submit(check, ["--ranks=0-1"], "If not all of the ranks 0-1 run pylaunch, --ranks is wrong")]:
                job.result()


if __name__ == "__main__":
    unittest.main()
