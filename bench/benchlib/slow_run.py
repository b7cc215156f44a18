# SPDX-License-Identifier: BSD-3-Clause
"""One measured run, on the emulated file system or beside it."""
from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .peak_memory import PeakMemory

_WITH_SLOWFS = Path(__file__).resolve().parent.parent / "with-slowfs"


def emulation_obstacle() -> str | None:
    """Why the slow file system cannot be mounted here, if it cannot."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse is not there or not open to this user"
    namespace = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    if namespace.returncode != 0:
        return "this user may not make a mount namespace (root may)"
    return None


class RunFailed(RuntimeError):
    """The measured command did not succeed; its figures would mean nothing."""


@dataclass(frozen=True)
class SlowFileSystem:
    """What is emulated: see `slowfs --help`."""

    program: str
    folders: tuple[str, ...]
    cost_us: int
    cache_seconds: float

    def options(self) -> list[str]:
        options = ["--cost-us", str(self.cost_us)]
        if self.cache_seconds > 0:
            options += ["--cache", str(self.cache_seconds), "--keep-data"]
        return options


@dataclass(frozen=True)
class Measurement:
    wall_seconds: float
    requests_by_rank: dict[int, int] = field(default_factory=dict)  # -1: not a rank's process
    operations: dict[str, int] = field(default_factory=dict)
    bytes_read: int = 0  # from the emulated file system
    peak_memory_bytes: int = 0  # by which the machine's available memory sank

    @property
    def requests(self) -> int:
        return sum(self.requests_by_rank.values())

    @property
    def requests_of_rank_0(self) -> int:
        return self.requests_by_rank.get(0, 0)

    @property
    def most_requests_of_others(self) -> int:
        return max((n for rank, n in self.requests_by_rank.items() if rank > 0), default=0)


def run_locally(command: Sequence[str], environment: Mapping[str, str]) -> Measurement:
    started = time.perf_counter()
    with PeakMemory() as memory:
        _run(command, environment, command)
    return Measurement(time.perf_counter() - started, peak_memory_bytes=memory.peak_bytes)


def run_slowly(
    command: Sequence[str], environment: Mapping[str, str], file_system: SlowFileSystem
) -> Measurement:
    """Run on a file system mounted for this run alone: what clients cache starts empty."""
    with tempfile.TemporaryDirectory(prefix="bench-result-") as scratch:
        result = os.path.join(scratch, "result.json")
        wrapper = [str(_WITH_SLOWFS), "--slowfs", file_system.program, "--result", result]
        for folder in file_system.folders:
            wrapper += ["--folder", folder]
        for option in file_system.options():
            wrapper += ["--option", option]
        with PeakMemory() as memory:
            _run([*wrapper, "--", *command], environment, command)
        told = json.loads(Path(result).read_text())
    return Measurement(
        wall_seconds=told["ended"] - told["started"],
        requests_by_rank={int(r): n for r, n in told["slowfs"]["metadata_by_rank"].items()},
        operations=told["slowfs"]["operations"],
        bytes_read=told["slowfs"]["bytes_read"],
        peak_memory_bytes=memory.peak_bytes,
    )


def _run(command: Sequence[str], environment: Mapping[str, str], named: Sequence[str]) -> None:
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, errors="replace", check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stderr.splitlines()[-15:])
        raise RunFailed(f"status {done.returncode} from {' '.join(named)}\n{tail}")
