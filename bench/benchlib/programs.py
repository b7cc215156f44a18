# SPDX-License-Identifier: BSD-3-Clause
"""What is run: imports that users' jobs begin with, each with a little work."""
from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .many_modules import generate

_MODULES, _FUNCTIONS = 100, 100


@dataclass(frozen=True)
class Program:
    code: str
    python: str
    more_folders: tuple[str, ...] = ()  # besides the interpreter's library folders


def _wheels_python() -> str:
    python = os.environ.get("BENCH_WHEELS_PYTHON", "")
    if not python or not os.access(python, os.X_OK):
        raise SystemExit("bench/run: the environment with wheels is not there (is there a network?)")
    return python


def program(name: str, scratch: Path) -> Program:
    """The program of this name, with what it needs made."""
    system = os.environ["PYLAUNCH_PYTHON"]
    if name == "numpy+scipy":
        return Program("import numpy, scipy.sparse.linalg", system)
    if name == "pandas+matplotlib":
        return Program("import pandas, matplotlib; matplotlib.use('Agg'); import matplotlib.pyplot",
                       _wheels_python())
    if name == "scikit-learn":
        return Program("import sklearn.linear_model, sklearn.ensemble, sklearn.cluster",
                       _wheels_python())
    folder = scratch / "modules"
    generate(folder, _MODULES, _FUNCTIONS)
    return Program(f"import sys; sys.path.insert(1, {str(folder)!r}); import many; many.visit()",
                   system, (str(folder),))


NAMES = ("numpy+scipy", "pandas+matplotlib", "scikit-learn", "many modules")
