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
    name: str
    arguments: tuple[str, ...]  # what stands behind the interpreter's name
    python: str
    more_folders: tuple[str, ...] = ()  # besides the interpreter's library folders
    python_path: str = ""  # PYTHONPATH
    imports_mpi: bool = True  # may be told to import MPI first


def _python_of(variable: str) -> str:
    python = os.environ.get(variable, "")
    if not python or not os.access(python, os.X_OK):
        raise SystemExit("bench/run: the environment with wheels is not there (is there a network?)")
    return python


def named(name: str, scratch: Path) -> Program:
    """The program of this name, with what it needs made in `scratch`."""
    system = os.environ["PYLAUNCH_PYTHON"]
    if name == "numpy+scipy":
        return Program(name, ("-c", "import numpy, scipy.sparse.linalg"), system)
    if name == "pandas+matplotlib":
        code = "import pandas, matplotlib; matplotlib.use('Agg'); import matplotlib.pyplot"
        return Program(name, ("-c", code), _python_of("BENCH_WHEELS_PYTHON"))
    if name == "scikit-learn":
        code = "import sklearn.linear_model, sklearn.ensemble, sklearn.cluster"
        return Program(name, ("-c", code), _python_of("BENCH_WHEELS_PYTHON"))
    if name == "torch":
        return Program(name, ("-c", "import torch"), _python_of("BENCH_TORCH_PYTHON"))
    folder = scratch / "modules"
    generate(folder, _MODULES, _FUNCTIONS)
    code = "import many; many.visit()"
    return Program(name, ("-c", code), system, (str(folder),), python_path=str(folder))


def of_code(code: str) -> Program:
    return Program("code", ("-c", code), os.environ["PYLAUNCH_PYTHON"])


def of_script(path: str) -> Program:
    script = Path(path).resolve()
    return Program(script.name, (str(script),), os.environ["PYLAUNCH_PYTHON"],
                   (str(script.parent),), imports_mpi=False)


FULL = ("numpy+scipy", "many modules", "pandas+matplotlib", "scikit-learn")
NAMES = (*FULL, "torch")
