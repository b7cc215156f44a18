# SPDX-License-Identifier: BSD-3-Clause
"""Which folders hold the library of a Python interpreter."""
from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_QUESTION = """
import json, sys, sysconfig
paths = sysconfig.get_paths()
print(json.dumps({
    "executable": sys.executable,
    "version": sys.version.split()[0],
    "prefixes": [sys.prefix, sys.base_prefix],
    "folders": [p for p in sys.path if p]
    + [paths[k] for k in ("stdlib", "platstdlib", "purelib", "platlib")],
}))
"""

# Prefixes that hold far more than Python: only their library folders count as Python's.
_SYSTEM_PREFIXES = ("/", "/usr", "/usr/local")


@dataclass(frozen=True)
class Interpreter:
    executable: str
    version: str
    library_folders: tuple[str, ...]


def describe(python: str) -> Interpreter:
    """Ask `python` itself; its PYTHONPATH counts, the current folder does not."""
    answer = subprocess.run([python, "-c", _QUESTION], check=True, capture_output=True, cwd="/")
    told = json.loads(answer.stdout)
    own_prefixes = [p for p in told["prefixes"] if p not in _SYSTEM_PREFIXES]
    return Interpreter(
        executable=told["executable"],
        version=told["version"],
        library_folders=outermost(own_prefixes + [_library_root(f) for f in told["folders"]]),
    )


def mpi4py_site(python: str) -> str:
    """The folder from which this interpreter imports mpi4py."""
    code = "import mpi4py, os; print(os.path.dirname(os.path.dirname(mpi4py.__file__)))"
    answer = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return answer.stdout.strip()


def _library_root(folder: str) -> str:
    # Debian's packages lie in lib/python3/dist-packages beside lib/python3.11.
    leaf = os.path.basename(folder)
    return os.path.dirname(folder) if leaf in ("dist-packages", "site-packages") else folder


def outermost(folders: list[str]) -> tuple[str, ...]:
    """The real, existing folders among `folders`, without those that lie inside another."""
    real = sorted({os.path.realpath(f) for f in folders if Path(f).is_dir()} - {"/"})
    kept: list[str] = []
    for folder in real:
        if not any(Path(folder).is_relative_to(outer) for outer in kept):
            kept.append(folder)
    return tuple(kept)
