# SPDX-License-Identifier: BSD-3-Clause
"""The machine that figures were taken on, as far as it matters for reading them."""
from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path


def describe_machine(mpiexec: str) -> dict[str, str | int]:
    return {
        "processor": _first_field("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory": _first_field("/proc/meminfo", "MemTotal"),
        "kernel": platform.release(),
        "system": _first_field("/etc/os-release", "PRETTY_NAME", "=").strip('"'),
        "mpi": _mpi_version(mpiexec),
    }


def _first_field(file: str, key: str, separator: str = ":") -> str:
    for line in Path(file).read_text().splitlines():
        name, _, value = line.partition(separator)
        if name.strip() == key:
            return value.strip()
    return "unknown"


def _mpi_version(mpiexec: str) -> str:
    done = subprocess.run([mpiexec, "--version"], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if "Version:" in line:
            return "MPICH " + line.split(":", 1)[1].strip()
    return (done.stdout.splitlines() or ["unknown"])[0]
