# SPDX-License-Identifier: BSD-3-Clause
"""Messages of more than 2 GiB. Opt-in, for they take minutes and 16 GiB: PYLAUNCH_TEST_LARGE=1."""
import os
import pathlib
import subprocess
import unittest

PROGRAM = pathlib.Path(__file__).resolve().with_name("program.py")
NEEDED = 16 * 2**30


def available_bytes():
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable"))


class LargeMessages(unittest.TestCase):
    def setUp(self):
        if not os.environ.get("PYLAUNCH_TEST_LARGE"):
            self.skipTest("messages of more than 2 GiB are only tested with PYLAUNCH_TEST_LARGE=1")
        if available_bytes() < NEEDED:
            self.skipTest(f"messages of more than 2 GiB need {NEEDED >> 30} GiB of memory")

    def test_two_ranks(self):
        command = [os.environ["MPIEXEC"], "-n", "2", os.environ["PYLAUNCH"], str(PROGRAM)]
        done = subprocess.run(command, env=dict(os.environ, PYLAUNCH_MPI4PY="native"), timeout=500,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-4000:])
        self.assertEqual(done.stderr.count("OK"), 2, done.stderr[-4000:])


if __name__ == "__main__":
    unittest.main()
