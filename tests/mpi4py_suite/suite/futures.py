# SPDX-License-Identifier: BSD-3-Clause
"""The tests that mpi4py keeps for mpi4py.futures, with its workers among the ranks of the job."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

from .job import Program, Setting

EXPECTED = 117  # as many pass with mpi4py itself


def run_futures(setting: Setting, program: Program, folder: Path, ranks: int) -> bool:
    """Rank 0 runs the tests, the others are workers; true when all pass."""
    command = [setting.mpiexec, "-n", str(ranks), *program.command, "-m", "mpi4py.futures",
               "test_futures.py"]
    try:
        done = subprocess.run(command, env=setting.environment(program), stdin=subprocess.DEVNULL,
                              cwd=folder / "demo" / "futures", capture_output=True, text=True,
                              timeout=setting.seconds, check=False)
    except subprocess.TimeoutExpired:
        print(f"futures, np={ranks}: not at its end after {setting.seconds:.0f} s")
        return False
    ran = re.search(r"^Ran (\d+) tests", done.stderr, re.MULTILINE)
    verdict = re.search(r"^(OK|FAILED)(?: \((.*)\))?$", done.stderr, re.MULTILINE)
    counts = dict(re.findall(r"(\w+)=(\d+)", (verdict and verdict[2]) or ""))
    passed = (int(ran[1]) if ran else 0) - sum(map(int, counts.values()))
    print(f"futures, np={ranks}: {passed} of {EXPECTED}")
    if passed < EXPECTED or done.returncode != 0:
        print(done.stderr[-6000:])
        return False
    return True
