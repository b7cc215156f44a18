# SPDX-License-Identifier: BSD-3-Clause
"""An environment whose mpi4py came with an MPI library of its own, which is not the launcher's."""

import unittest

import harness
from environments import WheelCase, environment_folder

PROGRAM = harness.PREAMBLE + """
from mpi4py import MPI
comm = MPI.COMM_WORLD
total = comm.allreduce(comm.rank)
with open("/proc/self/maps") as maps:
    libraries = {line.split(maxsplit=5)[-1].strip() for line in maps if "/libmpi" in line}
is_native = "libpylaunch-python" in MPI.__file__
report([comm.size, total, is_native, len(libraries), sorted(libraries)])
"""


class OtherMpi(WheelCase):
    def launch_it(self, *options, ranks=4, nodes=1):
        self.write("program.py", PROGRAM)
        return self.launch("program.py", ranks=ranks, nodes=nodes, options=options,
                           env={"PYLAUNCH_PYTHON": environment_folder("venv") / "bin/python3"})

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


if __name__ == "__main__":
    unittest.main()
