# SPDX-License-Identifier: BSD-3-Clause
"""mpi4py's source distribution: fetched once, unpacked beside the build."""
from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path


class Unavailable(Exception):
    """The suite is not to be had; says why."""


def installed_version(python: str) -> str:
    """The version of the mpi4py of an interpreter."""
    done = subprocess.run([python, "-c", "import mpi4py; print(mpi4py.__version__)"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"{python} has no mpi4py: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()


def source_folder(python: str, cache: Path) -> Path:
    """The unpacked sources of the mpi4py that `python` has installed."""
    version = installed_version(python)
    archive = cache / f"mpi4py-{version}.tar.gz"
    folder = cache / f"mpi4py-{version}"
    if not archive.exists():
        print(f"fetching mpi4py {version}", file=sys.stderr)
        cache.mkdir(parents=True, exist_ok=True)
        command = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
                   "--no-deps", "--no-binary", "mpi4py", "--dest", str(cache), f"mpi4py=={version}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unavailable(f"pip cannot fetch mpi4py {version}: {done.stderr.strip()[-500:]}")
    if not (folder / "test" / "main.py").exists():
        with tarfile.open(archive) as tar:
            tar.extractall(cache)
    return folder


def test_modules(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "test").glob("test_*.py"))
