# SPDX-License-Identifier: BSD-3-Clause
"""The job scripts come in pairs that differ in their launch line only, and the local pair runs.

PYLAUNCH names the executable under test, PYLAUNCH_TEST_MPI4PY_PYTHON an interpreter with mpi4py.
Exits with 77 if a test was skipped, so that ctest says so.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JOBSCRIPTS = ROOT / "jobscripts"
SCHEDULERS = ("flux", "local", "lsf", "pbs", "slurm")
SKIPPED = 77


def pair(scheduler: str) -> tuple[Path, Path]:
    (python,) = (JOBSCRIPTS / scheduler).glob("python.*")
    return python, python.with_name("pylaunch" + python.suffix)


class Pairs(unittest.TestCase):
    def test_every_scheduler_has_a_pair_and_nothing_else(self) -> None:
        folders = sorted(p.name for p in JOBSCRIPTS.iterdir() if p.is_dir())
        self.assertEqual(tuple(folders), SCHEDULERS)
        for scheduler in SCHEDULERS:
            with self.subTest(scheduler):
                scripts = sorted((JOBSCRIPTS / scheduler).iterdir())
                self.assertEqual(scripts, sorted(pair(scheduler)))

    def test_scripts_of_a_pair_differ_in_the_launch_line_only(self) -> None:
        for scheduler in SCHEDULERS:
            with self.subTest(scheduler):
                python, pylaunch = (p.read_text().splitlines() for p in pair(scheduler))
                self.assertEqual(len(python), len(pylaunch))
                different = [(a, b) for a, b in zip(python, pylaunch) if a != b]
                self.assertEqual(len(different), 1)
                launch_python, launch_pylaunch = different[0]
                self.assertEqual(launch_python.replace(" python3 ", " pylaunch "), launch_pylaunch)

    def test_scripts_are_executable_and_stop_at_the_first_error(self) -> None:
        for script in (script for scheduler in SCHEDULERS for script in pair(scheduler)):
            with self.subTest(script.name):
                self.assertTrue(os.access(script, os.X_OK))
                self.assertIn("set -euo pipefail", script.read_text())

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_has_nothing_to_say(self) -> None:
        scripts = [str(script) for scheduler in SCHEDULERS for script in pair(scheduler)]
        done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class LocalPair(unittest.TestCase):
    def run_script(self, script: Path, commands: dict[str, str]) -> str:
        """Run from the project's folder, with `commands` first on PATH."""
        with tempfile.TemporaryDirectory(prefix="pylaunch-test-") as scratch:
            programs = Path(scratch, "bin")
            programs.mkdir()
            mpiexec = shutil.which(os.environ.get("MPIEXEC", "mpiexec"))
            for name, target in {"mpiexec": str(mpiexec), **commands}.items():
                wrapper = programs / name
                # A link would hide from an interpreter which environment it belongs to.
                wrapper.write_text(f'#!/bin/sh\nexec "{target}" "$@"\n')
                wrapper.chmod(0o755)
            done = subprocess.run(
                [str(script)], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "RANKS": "2",
                     "PYLAUNCH_MANIFEST_DIR": str(Path(scratch, "manifests"))},
            )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def assert_heat_equation_was_solved(self, printed: str) -> None:
        self.assertIn("in 2 stripes", printed)
        self.assertRegex(printed, r"error: .*: ok\n")

    def test_pylaunch_script_runs(self) -> None:
        printed = self.run_script(pair("local")[1], {"pylaunch": os.environ["PYLAUNCH"]})
        self.assert_heat_equation_was_solved(printed)

    @unittest.skipUnless(
        os.environ.get("PYLAUNCH_TEST_MPI4PY_PYTHON"),
        "PYLAUNCH_TEST_MPI4PY_PYTHON does not name an interpreter with mpi4py",
    )
    def test_python_script_runs(self) -> None:
        python = os.environ["PYLAUNCH_TEST_MPI4PY_PYTHON"]
        self.assert_heat_equation_was_solved(self.run_script(pair("local")[0], {"python3": python}))


if __name__ == "__main__":
    program = unittest.main(verbosity=2, exit=False)
    if not program.result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if program.result.skipped else 0)
