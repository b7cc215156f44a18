# SPDX-License-Identifier: BSD-3-Clause
"""Runs one example on some ranks: test_examples.py EXAMPLE RANKS

PYLAUNCH names the executable under test. Its output must be what `expected_output` works out, and,
where PYLAUNCH_TEST_MPI4PY_PYTHON names an interpreter with mpi4py, what that one prints as well.
"""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import expected_output

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

# Few steps: with more ranks than cores every halo exchange costs a time slice.
ARGUMENTS = {"collectives": [], "monte_carlo_pi": [], "heat2d": ["--cells", "64", "--steps", "60"]}
EXPECTED = {
    "collectives": expected_output.collectives,
    "monte_carlo_pi": expected_output.monte_carlo_pi,
    "heat2d": lambda size: expected_output.heat2d(size, cells=64, steps=60),
}


class ExampleTest(unittest.TestCase):
    example = ""
    ranks = 1

    def run_with(self, program: str) -> list[str]:
        command = [
            os.environ.get("MPIEXEC", "mpiexec"), "-np", str(self.ranks),
            program, str(EXAMPLES / f"{self.example}.py"), *ARGUMENTS[self.example],
        ]
        with tempfile.TemporaryDirectory(prefix="pylaunch-test-") as manifests:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=100, check=False,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYLAUNCH_MANIFEST_DIR": manifests, "OMP_NUM_THREADS": "1",
                     "PYTHONDONTWRITEBYTECODE": "1"},
            )
        self.assertEqual(done.returncode, 0, f"{command} failed:\n{done.stdout}{done.stderr}")
        return done.stdout.splitlines()

    def test_pylaunch_prints_what_was_worked_out(self) -> None:
        self.assertEqual(self.run_with(os.environ["PYLAUNCH"]), EXPECTED[self.example](self.ranks))

    @unittest.skipUnless(
        os.environ.get("PYLAUNCH_TEST_MPI4PY_PYTHON"),
        "PYLAUNCH_TEST_MPI4PY_PYTHON does not name an interpreter with mpi4py",
    )
    def test_python3_with_mpi4py_prints_the_same(self) -> None:
        printed = self.run_with(os.environ["PYLAUNCH_TEST_MPI4PY_PYTHON"])
        self.assertEqual(printed, EXPECTED[self.example](self.ranks))


if __name__ == "__main__":
    ExampleTest.ranks = int(sys.argv.pop())
    ExampleTest.example = sys.argv.pop()
    unittest.main(verbosity=2)
