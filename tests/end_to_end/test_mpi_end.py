# SPDX-License-Identifier: BSD-3-Clause
"""Between the launcher and MPI: what is left at the end, children, and the launcher of another MPI."""
import os
import subprocess
import unittest

import harness

# Preloaded without naming the MPI library as its own.
FREED = r"""
#include <stdio.h>
int PMPI_Comm_free(void *);
int PMPI_Finalize(void);
static int freed;
int MPI_Comm_free(void *comm) {
  int error = PMPI_Comm_free(comm);
  freed += error == 0;
  return error;
}
int MPI_Finalize(void) {
  fprintf(stderr, "%d\n", freed);
  return PMPI_Finalize();
}
"""


# What srun tells the first of four tasks.
STEP = {"SLURM_STEP_NUM_TASKS": 4, "SLURM_PROCID": 0, "SLURM_STEP_LAUNCHER_PORT": 40000}


class EndOfMpi(harness.Case):
    def run_program(self, text, status=0, **options):
        self.write("program.py", text)
        result = self.launch("program.py", **options)
        self.assert_ended(result, status)
        return result

    def test_job_whose_ranks_are_connected_by_tcp_ends(self):
        finalizes = "from mpi4py import MPI\nMPI.COMM_WORLD.barrier()\nMPI.Finalize()\n"
        for text in ["print(1)\n"] * 5 + [finalizes] * 5:
            self.run_program(text, ranks=4, env={"UCX_TLS": "tcp,self"}, timeout=20)

    def test_windows_and_files_that_are_left_are_freed(self):
        # Open MPI 4.1 gives a single process no window of memory that it has already.
        for ranks in (2, 4) if harness.OPEN_MPI else (1, 2, 4):
            result = self.run_program("""
import array
from mpi4py import MPI
comm = MPI.COMM_WORLD
windows = [MPI.Win.Allocate(64, comm=comm), MPI.Win.Create(array.array("d", [0] * 8), comm=comm)]
file = MPI.File.Open(comm, "left-open", MPI.MODE_CREATE | MPI.MODE_RDWR)
half = comm.Split(comm.rank % 2, comm.rank)
for turn in range(2):  # Open MPI 4.1 mixes up the halves' memory if both do it at once
    if comm.rank % 2 == turn:
        windows.append(MPI.Win.Allocate(64, comm=half))
    comm.Barrier()
if comm.rank == 0:
    windows.append(MPI.Win.Allocate(8, comm=MPI.COMM_SELF))
windows[0].Fence()
""", ranks=ranks, env={"PYLAUNCH_MPI4PY": "native"})
            self.assertEqual(result.stderr, "")

    def test_what_only_some_ranks_still_have_is_no_deadlock(self):
        self.run_program("""
from mpi4py import MPI
comm = MPI.COMM_WORLD
file = MPI.File.Open(comm, "half-open", MPI.MODE_CREATE | MPI.MODE_RDWR)
if comm.rank == 0:
    window = MPI.Win.Allocate(8, comm=MPI.COMM_SELF)
""", ranks=3, env={"PYLAUNCH_MPI4PY": "native"}, timeout=30)

    def freed(self, text, ranks, *preload):
        """How many communicators each rank has freed when MPI ends."""
        counter = self.folder / "counter.so"
        subprocess.run([harness.tool("gcc"), "-shared", "-fPIC", "-x", "c", "-", "-o", counter],
                       input=FREED, text=True, check=True)
        result = self.run_program(text, ranks=ranks, env={
            "PYLAUNCH_MPI4PY": "native", "LD_PRELOAD": ":".join(map(str, (counter, *preload)))})
        self.assertEqual((result.stdout, len(result.stderr.split())), ("", ranks), repr(result))
        return sorted(map(int, result.stderr.split()))

    def test_communicators_that_are_left_are_freed(self):
        for ranks in (1, 2, 4):
            nothing = self.freed("from mpi4py import MPI", ranks)
            freed = self.freed("""
from mpi4py import MPI
comm = MPI.COMM_WORLD
left = [comm.Dup() for _ in range(50)] + [comm.Split(comm.rank % 2) for _ in range(20)]
left += [comm.Create_cart([comm.size]), MPI.COMM_SELF.Dup(), comm.Create_group(comm.group)]
keyval = MPI.Comm.Create_keyval(delete_fn=lambda *_: print("deleted"))
left[0].Set_attr(keyval, object())
window = MPI.Win.Allocate(64, comm=left[1]) if comm.size > 1 else None
if comm.size > 1:
    left.append(left[50].Create_intercomm(0, comm, 1 - comm.rank % 2))
if comm.rank == 0:
    left.append(MPI.COMM_SELF.Dup())
""", ranks)
            more = [73 + (ranks > 1)] * (ranks - 1) + [74 + (ranks > 1)]  # rank 0 has one more
            self.assertEqual(freed, sorted(more[i] + nothing[i] for i in range(ranks)))

    def test_communicators_are_left_where_another_library_uses_mpi(self):
        other = os.environ["PYLAUNCH_TEST_MPI_COUNTER"]  # made by tests/support
        for preload in ((), (other,)):
            freed = self.freed("from mpi4py import MPI\nleft = MPI.COMM_WORLD.Dup()", 2, *preload)
            self.assertEqual(freed, [0 if preload else 1] * 2)

    def test_what_only_some_ranks_have_freed_is_left(self):
        freed = self.freed("""
from mpi4py import MPI
left = [MPI.COMM_WORLD.Dup() for _ in range(3)]
if MPI.COMM_WORLD.rank == 1:
    left[2].Free()  # an error, which MPI libraries forgive
""", 2)
        self.assertEqual(freed, [0, 1])

    def test_failing_program_is_not_held_up(self):
        result = self.run_program("""
from mpi4py import MPI
window = MPI.Win.Allocate(64, comm=MPI.COMM_WORLD)
raise SystemExit(3 if MPI.COMM_WORLD.rank == 0 else 0)
""", status=3, ranks=2, env={"PYLAUNCH_MPI4PY": "native"}, timeout=30)
        self.assertEqual(result.status, 3)


class OwnFinalize(harness.Case):
    """The program ends MPI itself, as it may."""

    timeout = 30
    # As mpi4py does, or any library that has MPI's functions.
    WAYS = ("MPI.Finalize()", "ctypes.CDLL(None).MPI_Finalize()")
    PROGRAM = """
import ctypes, sys, time
from mpi4py import MPI
rank, size = MPI.COMM_WORLD.rank, MPI.COMM_WORLD.size
"""

    def run_program(self, text, ranks=3, status=0, **options):
        self.write("program.py", self.PROGRAM + text)
        result = self.launch("program.py", ranks=ranks, env={"PYLAUNCH_MPI4PY": "native"}, **options)
        self.assert_ended(result, status)
        return result

    def test_on_some_ranks_only(self):
        for way in self.WAYS:
            for ranks in ("rank == 0", "rank > 0", "rank == size - 1"):
                for options in ((), ("--no-broadcast",)):
                    result = self.run_program(f"if {ranks}: {way}\nelse: time.sleep(0.2)", options=options)
                    self.assertEqual(result.stderr, "")

    def test_on_all_ranks_at_different_times(self):
        for way in self.WAYS:
            result = self.run_program(f"time.sleep(rank / 5)\n{way}\nprint('after')", nodes=2)
            self.assertEqual((result.stdout, result.stderr), ("after\n" * 3, ""))

    def test_failures_before_and_after_keep_their_status(self):
        self.run_program("if rank: MPI.Finalize()\nelse: sys.exit(5)", status=5)
        self.run_program("MPI.Finalize()\nif rank == 1: sys.exit(6)", status=6)

    def test_what_rank_0_has_used_is_learned(self):
        for ranks in ("True", "rank == 1"):
            self.run_program(f"import colorsys\nif {ranks}: MPI.Finalize()")
            (manifest,) = self.manifests.glob("*.manifest")
            self.assertIn("colorsys", manifest.read_text())
            manifest.unlink()

    def test_no_report_is_said(self):
        result = self.run_program("if rank == 1: MPI.Finalize()", options=["--report"])
        self.assertEqual(result.stderr.count("no report: the program has finalised MPI itself"), 1)


class Forks(harness.Case):
    """A child that a rank has forked and that ends as the script does has no part in MPI's end."""

    timeout = 30

    def test_in_an_exit_handler(self):
        for status in (0, 3):
            self.write("program.py", f"""
import atexit, os, sys
from mpi4py import MPI
def fork():
    child = os.fork()
    if child: os.waitpid(child, 0)
    print("child" if child == 0 else "parent", flush=True)
atexit.register(fork)
sys.exit({status})
""")
            result = self.launch("program.py", env={"PYLAUNCH_MPI4PY": "native"})
            self.assert_ended(result, status)
            self.assertEqual(sorted(result.stdout.split()), ["child"] * 2 + ["parent"] * 2, repr(result))


class Children(harness.Case):
    def test_script_can_start_another_mpi_job(self):
        self.write("inner.py", "from mpi4py import MPI\nprint('inner', MPI.COMM_WORLD.size)\n")
        self.write("program.py", f"""
import os, subprocess
from mpi4py import MPI
if MPI.COMM_WORLD.rank == 0:
    for more in ({{}}, {{"env": dict(os.environ)}}):
        command = [{harness.tool(harness.MPIEXEC)!r}, "-n", "2", {harness.PYLAUNCH!r}, "inner.py"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=40, **more)
        print(done.returncode, done.stdout.split(), done.stderr)
    done = subprocess.run([{harness.PYLAUNCH!r}, "inner.py"], capture_output=True, text=True, timeout=40)
    print(done.returncode, done.stdout.split(), done.stderr)
""")
        result = self.launch("program.py", env={"PYLAUNCH_MPI4PY": "native"}, timeout=100)
        self.assert_ended(result)
        self.assertEqual(result.stdout.splitlines(),
                         ["0 ['inner', '2', 'inner', '2'] "] * 2 + ["0 ['inner', '1'] "], repr(result))

    def test_children_are_not_held_to_a_step_of_slurm(self):
        self.write("inner.py", "from mpi4py import MPI\nprint('inner', MPI.COMM_WORLD.size)\n")
        self.write("program.py", f"""
import os, subprocess
print(os.environ["SLURM_STEP_NUM_TASKS"])
for more in ({{}}, {{"env": dict(os.environ)}}):
    done = subprocess.run([{harness.PYLAUNCH!r}, "inner.py"], capture_output=True, text=True, timeout=40, **more)
    print(done.returncode, done.stdout.split(), done.stderr)
""")
        result = self.launch("program.py", ranks=1, env={"PYLAUNCH_MPI4PY": "native", **STEP})
        self.assert_ended(result)
        self.assertEqual(result.stdout, "4\n" + "0 ['inner', '1'] \n" * 2, repr(result))

    def test_only_what_connects_to_the_process_manager_is_hidden(self):
        place = "OMPI_COMM_WORLD_" if harness.OPEN_MPI else "PMI_"
        self.write("program.py", harness.PREAMBLE + f"""
import os
hidden = ("PMI_FD", "PMI_PORT", "PMIX_", "HYD", "OMPI_UNIVERSE_SIZE", "OMPI_MCA_ess",
          "OMPI_MCA_orte_hnp_uri")
report([os.environ.get("{place}RANK"), os.environ.get("{place}SIZE"),
        [name for name in os.environ if name.startswith(hidden)]])
""")
        result = self.launch("program.py")
        self.assertEqual(result.reports, {rank: [str(rank), "2", []] for rank in range(2)})


class OtherLauncher(harness.Case):
    def test_rank_without_the_others_is_refused(self):
        for variables in ({"OMPI_COMM_WORLD_SIZE": 4, "PMIX_RANK": 1}, STEP):
            result = self.execute([harness.PYLAUNCH, "-c", "print('ran')"], env=variables)
            if "launcher not compatible" in result.stderr:  # MPICH 5 sees PMIX_RANK and ends itself
                self.assertNotEqual(result.status, 0, repr(result))
                self.assertEqual(result.stdout, "")
                continue
            self.assertEqual((result.status, result.stdout), (71, ""), repr(result))
            self.assertIn(next(iter(variables)) + " says that this job has 4 ranks, but MPI says 1",
                          result.stderr)

    def test_job_of_one_rank_inside_of_a_step_of_slurm_runs(self):
        result = self.launch("-c", "print('ran')", ranks=1, env=STEP)
        self.assertEqual((result.status, result.stdout), (0, "ran\n"), repr(result))

    def test_job_of_one_rank_is_none_of_them(self):
        for variables in ({"OMPI_COMM_WORLD_SIZE": 1, "OMPI_COMM_WORLD_RANK": 0},
                          {"OMPI_COMM_WORLD_SIZE": 4, "OMPI_COMM_WORLD_RANK": 1},
                          {"SLURM_NTASKS": 4, "SLURM_PROCID": 0}, {"PMI_SIZE": 4, "PMI_RANK": 1}):
            result = self.execute([harness.PYLAUNCH, "-c", "print('ran')"], env=variables)
            self.assertEqual((result.status, result.stdout), (0, "ran\n"), repr(result))


if __name__ == "__main__":
    unittest.main()
