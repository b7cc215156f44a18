# SPDX-License-Identifier: BSD-3-Clause
"""Which module `mpi4py.MPI` is: the native one, or an installed one of the same MPI library."""

import os
import subprocess
import unittest

import harness

# Of this MPI library, and of another one.
SONAME = harness.mpi_soname()
OTHER_SONAME = "libmpich.so.12" if SONAME == "libmpi.so.40" else "libmpi.so.40"


class NativeModule(harness.Case):
    def run_program(self, text, status=0, ranks=2, **options):
        self.write("program.py", text)
        result = self.launch("program.py", ranks=ranks, **options)
        self.assert_ended(result, status)
        return result

    def test_both_names_are_one_module(self):
        result = self.run_program(harness.PREAMBLE + """
from pylaunch import MPI
from mpi4py import MPI as other
import mpi4py.MPI, pylaunch.MPI, pylaunch
report([MPI is other, MPI is mpi4py.MPI, MPI is pylaunch.MPI, MPI.COMM_WORLD.Get_rank(),
        MPI.COMM_WORLD.Get_size(), MPI.Is_initialized(), MPI.Is_finalized()])
""", ranks=3)
        self.assertEqual(result.reports, {r: [True, True, True, r, 3, True, False] for r in range(3)})
        self.assertEqual(result.stderr, "")

    def test_message_passing_works(self):
        result = self.run_program(harness.PREAMBLE + """
from mpi4py import MPI
comm = MPI.COMM_WORLD
data = comm.bcast({"a": [1, 2.5]} if comm.rank == 0 else None)
report([data, comm.allreduce(comm.rank + 1), comm.gather(comm.rank, root=0)])
""", ranks=3)
        self.assertEqual(result.reports[0], [{"a": [1, 2.5]}, 6, [0, 1, 2]])
        self.assertEqual(result.reports[2], [{"a": [1, 2.5]}, 6, None])

    def test_program_may_finalize_mpi_itself(self):
        self.run_program("from mpi4py import MPI\nMPI.Finalize()\n")

    def test_plain_python_program_never_loads_it(self):
        result = self.run_program(harness.PREAMBLE + "import sys\nreport([m for m in sys.modules if 'mpi' in m])\n")
        self.assertEqual(result.reports[1], [])


class InstalledModule(harness.Case):
    """A stand-in for an installed mpi4py, linked with a library of the given soname."""

    def install(self, soname):
        package = self.folder / "site" / "mpi4py"
        package.mkdir(parents=True)
        compiler = harness.tool("gcc")

        def build(source, target, *options):
            subprocess.run([compiler, "-shared", "-fPIC", "-x", "c", "-", "-x", "none", "-o", str(target), *options],
                           input=source, text=True, check=True)
        library = self.folder / "site" / soname
        build("int fake_mpi;", library, f"-Wl,-soname,{soname}")
        build("extern int fake_mpi; int *use(void) { return &fake_mpi; }",
              package / "MPI.cpython-311-x86_64-linux-gnu.so", str(library), "-Wl,-rpath,$ORIGIN/..")
        self.write("__init__.py", "installed = True\n", package)
        return {"PYTHONPATH": self.folder / "site"}

    def which(self, env, status=0, ranks=2, options=()):
        self.write("program.py", harness.PREAMBLE + "import mpi4py\n"
                   "report('installed' if hasattr(mpi4py, 'installed') else 'native')\n")
        result = self.launch("program.py", ranks=ranks, env=env, options=options)
        self.assert_ended(result, status)
        return result

    def test_one_of_another_library_is_replaced_with_a_warning(self):
        env = self.install(OTHER_SONAME)
        for _ in range(2):
            result = self.which(env)
            self.assertEqual(result.reports, {0: "native", 1: "native"})
            self.assertIn(OTHER_SONAME, result.stderr)
            self.assertIn(SONAME, result.stderr)
        self.assertEqual(result.stderr.count(OTHER_SONAME), 1, "the warning should be there once")

    def test_one_of_the_same_library_is_used(self):
        env = self.install(SONAME)
        result = self.which(env)
        self.assertEqual(result.reports, {0: "installed", 1: "installed"})
        self.assertEqual(result.stderr, "")

    def test_same_library_is_recognised_under_a_profiling_library(self):
        counter = os.environ.get("PYLAUNCH_TEST_MPI_COUNTER", "")
        self.assertTrue(counter, "set PYLAUNCH_TEST_MPI_COUNTER to the library that tests/support builds")
        env = {**self.install(SONAME), "LD_PRELOAD": counter}
        self.assertEqual(self.which(env).reports, {0: "installed", 1: "installed"})

    def test_choice_by_the_user(self):
        env = self.install(SONAME)
        self.assertEqual(self.which({**env, "PYLAUNCH_MPI4PY": "native"}).reports[1], "native")
        self.assertEqual(self.which(env, options=["--mpi4py=native"]).reports[1], "native")
        self.assertEqual(self.which({**env, "PYLAUNCH_MPI4PY": "installed"}).reports[1], "installed")

    def test_wrong_one_that_is_insisted_on_is_an_error(self):
        env = self.install(OTHER_SONAME)
        result = self.launch("-c", "pass", env={**env, "PYLAUNCH_MPI4PY": "installed"}, ranks=3)
        self.assertNotEqual(result.status, 0)
        self.assertEqual(result.stderr.count(OTHER_SONAME), 1, repr(result))

    def test_none_installed_that_is_insisted_on_is_an_error(self):
        result = self.launch("-c", "pass", env={"PYLAUNCH_MPI4PY": "installed"}, ranks=3,
                             options=["--python", harness.PYTHON])
        self.assertNotEqual(result.status, 0)
        self.assertEqual(result.stderr.count("no mpi4py is installed"), 1, repr(result))

    def test_program_that_does_not_import_it_sees_no_warning(self):
        env = self.install(OTHER_SONAME)
        result = self.launch("-c", "pass", env=env)
        self.assertEqual((result.status, result.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
