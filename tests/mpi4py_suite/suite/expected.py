# SPDX-License-Identifier: BSD-3-Clause
"""expected.txt: how many tests have to pass, for each number of ranks."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Expected:
    native: int  # with pylaunch's module
    real: int  # with mpi4py itself


def read_expected(path: Path) -> dict[int, Expected]:
    table = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            ranks, native, real = map(int, line.split())
            table[ranks] = Expected(native, real)
    return table


def write_expected(path: Path, table: dict[int, Expected]) -> None:
    comments = [line for line in path.read_text(encoding="utf-8").splitlines()
                if line.startswith("#")]
    rows = [f"{ranks} {row.native} {row.real}" for ranks, row in sorted(table.items())]
    path.write_text("\n".join([*comments, *rows, ""]), encoding="utf-8")
