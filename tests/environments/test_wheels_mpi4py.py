# SPDX-License-Identifier: BSD-3-Clause
"""An environment whose mpi4py came with an MPI library of its own: the launcher's, or another one."""

import subprocess
import unittest

import harness
from environments import WheelCase, environment_folder

PROGRAM = harness.PREAMBLE + """
import re
from mpi4py import MPI
comm = MPI.COMM_WORLD
total = comm.allreduce(comm.rank)
with open("/proc/self/maps") as maps:
    libraries = {line.split(maxsplit=5)[-1].strip() for line in maps
                 if re.search(r"/libmpi(ch)?\\.so", line)}  # not Open MPI's libmpi_cxx
is_native = "libpylaunch-python" in MPI.__file__
report([comm.size, total, is_native, len(libraries), sorted(libraries)])
"""


# PyPI's mpi4py has a module for each of these, and chooses by what the process has loaded.
LIBRARIES_OF_WHEEL = ("libmpi.so.12", "libmpi.so.40")  # MPICH's own name, Open MPI 4 and 5


def is_for_the_launcher():
    """Whether the wheel has a module for the MPI library that the launcher is linked with."""
    linked = subprocess.run(["ldd", harness.PYLAUNCH], capture_output=True, text=True, check=True)
    return any(name in linked.stdout for name in LIBRARIES_OF_WHEEL)


class Launch(WheelCase):
    def launch_it(self, *options, ranks=4, nodes=1):
        self.write("program.py", PROGRAM)
        return self.launch("program.py", ranks=ranks, nodes=nodes, options=options,
                           env={"PYLAUNCH_PYTHON": environment_folder("venv") / "bin/python3"})


class OtherMpi(Launch):
    """Debian's MPICH has a name of its own, so that the wheel's mpi4py is for another library."""

    def setUp(self):
        super().setUp()
        if is_for_the_launcher():
            self.skipTest("the wheel's mpi4py is for the launcher's MPI library: see SameMpi")

    def test_auto_takes_the_native_module_and_warns_once(self):
        for nodes in (1, 2):
            result = self.launch_it(nodes=nodes)
            self.assert_ended(result)
            self.assertEqual(result.stderr.count("is built for another MPI library"), 1, repr(result))
            self.assertIn("using the native module", result.stderr)
            for rank in range(4):
                size, total, is_native, count, libraries = result.reports[rank]
                self.assertEqual((size, total, is_native, count), (4, 6, True, 1), libraries)

    def test_installed_one_is_refused(self):
        result = self.launch_it("--mpi4py=installed", ranks=2)
        self.assertEqual(result.status, 64, repr(result))
        self.assertIn("is built for another MPI library", result.stderr)
        self.assertEqual(result.reports, {})

    def test_native_one_comes_without_a_warning(self):
        result = self.launch_it("--mpi4py=native", ranks=2)
        self.assert_ended(result)
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.reports[1][:3], [2, 1, True])


class SameMpi(Launch):
    def setUp(self):
        super().setUp()
        if not is_for_the_launcher():
            self.skipTest("the wheel's mpi4py is for another MPI library: see OtherMpi")

    def check(self, is_native, *options):
        for _ in range(2):
            result = self.launch_it(*options)
            self.assert_ended(result)
            self.assertEqual(result.stderr, "")
            for rank in range(4):
                self.assertEqual(result.reports[rank][:4], [4, 6, is_native, 1], repr(result))

    def test_auto_takes_the_installed_one(self):
        self.check(False)
        self.check(False, "--mpi4py=installed")

    def test_native_one_is_to_be_had(self):
        self.check(True, "--mpi4py=native")


if __name__ == "__main__":
    unittest.main()
