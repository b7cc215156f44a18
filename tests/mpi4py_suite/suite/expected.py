# SPDX-License-Identifier: BSD-3-Clause
"""expected/LIBRARY.txt: how many tests have to pass, for each number of ranks, and what is left out.

A line `2 1874 1876` is for two ranks. `left-out test_spawn 2` leaves that file out with two ranks and
more, `left-out * 3` all of them; a comment above says why.
"""
from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "expected"
NAME_OF_LIBRARY = """
import mpi4py
mpi4py.rc(initialize=False, finalize=False)
from mpi4py import MPI
name, version = MPI.get_vendor()
print(f"{name.lower().replace(' ', '-')}-{version[0]}.{version[1]}")
"""
HEADER = """\
# SPDX-License-Identifier: BSD-3-Clause
# ranks, tests of mpi4py's suite that pass with pylaunch's module, and with mpi4py itself.
"""


@dataclass(frozen=True)
class Expected:
    native: int  # with pylaunch's module
    real: int  # with mpi4py itself


def expected_file(python: str) -> Path:
    """The file for the MPI library of the mpi4py that `python` has."""
    done = subprocess.run([python, "-c", NAME_OF_LIBRARY], capture_output=True, text=True, check=True)
    return FOLDER / f"{done.stdout.strip()}.txt"


def read_left_out(path: Path, ranks: int) -> set[str]:
    """The files that are left out with so many ranks; "*" for all."""
    if not path.exists():
        return set()
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    return {row[1] for row in rows if row[:1] == ["left-out"] and ranks >= int(row[2])}


def read_expected(path: Path) -> dict[int, Expected]:
    table = {}
    if not path.exists():
        return table
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "left-out")):
            ranks, native, real = map(int, line.split())
            table[ranks] = Expected(native, real)
    return table


def write_expected(path: Path, table: dict[int, Expected]) -> None:
    old = path.read_text(encoding="utf-8") if path.exists() else HEADER
    comments = [line for line in old.splitlines() if line.startswith(("#", "left-out"))]
    rows = [f"{ranks} {row.native} {row.real}" for ranks, row in sorted(table.items())]
    path.write_text("\n".join([*comments, *rows, ""]), encoding="utf-8")
