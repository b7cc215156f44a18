# SPDX-License-Identifier: BSD-3-Clause
"""The ways of starting a script that are compared."""
from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Launcher:
    """One row of the result table."""

    name: str
    program: tuple[str, ...]  # stands between mpiexec's options and the Python arguments
    slow: bool  # on the emulated file system, or on the warm local disk
    image: str = ""  # the library folders come out of an image of this kind
    is_pylaunch: bool = False
    forgets: bool = False  # starts from an empty manifest directory
    warm_up: int = 0  # runs before the one that is measured


def launchers(pylaunch: str | None, python: str, images: tuple[str, ...]) -> list[Launcher]:
    """In the order in which they run; pylaunch's later run must follow its first."""
    rows = [Launcher("python3", (python,), slow=True)]
    names = {"tar": "python3, staged from a tar file", "squashfs": "python3, squashfs image"}
    rows += [Launcher(names[kind], (python,), slow=True, image=kind) for kind in images]
    if pylaunch:
        rows += [
            Launcher("pylaunch, first run", (pylaunch,), slow=True, is_pylaunch=True, forgets=True),
            # The second run still writes a bundle, without what the first has found in vain.
            Launcher("pylaunch, later run", (pylaunch,), slow=True, is_pylaunch=True, warm_up=1),
        ]
    rows.append(Launcher("python3, warm local disk", (python,), slow=False))
    return rows


def environment(python: str, manifest_folder: Path, nodes: int) -> dict[str, str]:
    """What every launcher gets, so that none is favoured."""
    return {
        **os.environ,
        "PYLAUNCH_PYTHON": python,
        "PYLAUNCH_MANIFEST_DIR": str(manifest_folder),
        "MPIR_CVAR_NUM_CLIQUES": str(nodes),
        # Threads of a BLAS library would only measure how they share the cores.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # A run must not leave bytecode behind that the next one would profit from.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
