# SPDX-License-Identifier: BSD-3-Clause
"""Jobs on four hosts that are connected by TCP, which this machine plays with namespaces of Linux."""

import json
import os
import pathlib
import subprocess
import unittest

import harness

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
COUNT = 4

PROGRAM = """
import json, socket
from mpi4py import MPI
world = MPI.COMM_WORLD
report({"ranks": world.allgather(world.rank), "host": socket.gethostname(), "json": json.__spec__.loader.__class__.__name__})
"""


def obstacle():
    """Why this machine cannot play several hosts; None if it can."""
    if harness.OPEN_MPI:
        return "hosts are played for MPICH's mpiexec only"
    tried = subprocess.run([SUPPORT / "hosts", "1", "true"], capture_output=True, text=True)
    return None if tried.returncode == 0 else f"this machine cannot play several hosts: {tried.stderr.strip()}"


class Hosts(harness.Case):
    timeout = 60

    @classmethod
    def setUpClass(cls):
        reason = obstacle()
        if reason is not None:
            raise unittest.SkipTest(reason)

    def job(self, *arguments, per_host=1, **options):
        addresses = ",".join(f"10.77.0.{i + 1}" for i in range(COUNT))
        # MPIR_CVAR_NUM_CLIQUES is for nodes that are simulated.
        return self.execute(
            [SUPPORT / "hosts", COUNT, harness.tool(harness.MPIEXEC), "-launcher", "ssh", "-launcher-exec",
             SUPPORT / "host_shell", "-iface", "eth0", "-hosts", addresses, "-ppn", per_host, "-n", COUNT * per_host,
             harness.PYLAUNCH, *arguments], env={"MPIR_CVAR_NUM_CLIQUES": None}, **options)

    def check_program(self, *options, per_host=1):
        result = self.job(*options, self.program(PROGRAM), per_host=per_host)
        self.assert_ended(result)
        ranks = range(COUNT * per_host)
        self.assertEqual([result.reports[rank]["ranks"] for rank in ranks], [list(ranks)] * len(ranks))
        self.assertEqual([result.reports[rank]["host"] for rank in ranks],
                         [f"host{rank // per_host + 1}" for rank in ranks])
        return result

    def test_files_go_to_each_host_once(self):
        for per_host in (1, 2):
            for _ in range(2):
                result = self.check_program("--report=report.json", per_host=per_host)
                self.assertEqual({report["json"] for report in result.reports.values()}, {"MemorySourceFileLoader"})
            report = json.loads((self.folder / "report.json").read_text())
            self.assertEqual(report["nodes"], COUNT)
            self.assertEqual([rank["modules_from_files"] for rank in report["ranks"]], [0] * len(report["ranks"]))

    def test_every_rank_may_read_its_files_itself(self):
        self.check_program("--no-broadcast")

    def test_every_job_ends(self):
        # With MPICH 4.0 nearly none did, before the ranks came to MPI_Finalize in an order.
        self.write("one_way.py", "from mpi4py import MPI; world = MPI.COMM_WORLD\n"
                                 "if world.rank == 3: [world.send(i, i) for i in (1, 2)]\n"
                                 "elif world.rank: world.recv()\n")
        self.write("finalizes.py", "from mpi4py import MPI; MPI.COMM_WORLD.gather(1); MPI.Finalize()\n")
        self.write("nothing.py")
        for program in ("one_way.py", "finalizes.py", "nothing.py"):
            for _ in range(4):
                self.assert_ended(self.job(program))

    def test_failures_end_every_job_with_their_status(self):
        self.write("fails.py", "from mpi4py import MPI\nif MPI.COMM_WORLD.rank == 2: 1 / 0\nMPI.COMM_WORLD.barrier()\n")
        for command, status in ((["missing.py"], 2), (["--nonsense", "missing.py"], 64), (["fails.py"], 1),
                                (["-c", "import sys; sys.exit(7)"], 7)):
            self.assert_ended(self.job(*command), status)


if __name__ == "__main__":
    unittest.main()
