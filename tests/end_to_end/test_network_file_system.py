# SPDX-License-Identifier: BSD-3-Clause
"""A rank that is alone opens shared objects where they lie, but not on a network file system."""

import os
import pathlib
import sysconfig
import unittest

import harness

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
LIBRARIES = sysconfig.get_path("platstdlib") + "/lib-dynload"

PROGRAM = harness.PREAMBLE + """
import _ctypes, _queue
with open("/proc/self/maps") as maps:
    report(sorted({line.split(None, 5)[-1].split(" (")[0].strip() for line in maps if "_queue." in line}))
"""


class AloneOnANetworkFileSystem(harness.Case):
    def setUp(self):
        super().setUp()
        if not os.access("/dev/fuse", os.R_OK | os.W_OK) or os.geteuid() != 0:
            self.skipTest("an emulated file system takes /dev/fuse and root")
        self.program(PROGRAM)

    def libraries(self, *wrap):
        """What the second run has mapped for the module _queue: the first is still to find out."""
        for _ in range(2):
            result = self.execute([*wrap, harness.tool(harness.MPIEXEC), "-n", 1, harness.PYLAUNCH, "program.py"])
            self.assert_ended(result)
        return result.reports[0]

    def slow(self, folder):
        return [BENCH / "with-slowfs", "--slowfs", os.environ["SLOWFS"], "--result", self.home / "result.json",
                "--folder", folder, "--option", "--cost-us", "--option", "0", "--"]

    def test_libraries_come_from_the_file_where_that_is_local(self):
        mapped, = self.libraries()
        self.assertEqual(os.path.dirname(mapped), os.path.realpath(LIBRARIES))

    def test_libraries_come_from_a_copy_where_each_request_is_slow(self):
        mapped, = self.libraries(*self.slow(os.path.realpath(LIBRARIES)))
        self.assertTrue(mapped.startswith("/memfd:_queue."), mapped)


if __name__ == "__main__":
    unittest.main()
