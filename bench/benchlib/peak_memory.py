# SPDX-License-Identifier: BSD-3-Clause
"""How much memory a job takes on this machine: processes, files in memory, what was staged."""
from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

_INTERVAL_SECONDS = 0.02


def available_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    raise RuntimeError("/proc/meminfo has no MemAvailable")


class PeakMemory:
    """Samples the machine's available memory while it is entered. Other programs on the machine
    disturb it; pages that the kernel could drop at once do not count."""

    def __init__(self) -> None:
        self.peak_bytes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._before = available_bytes()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(_INTERVAL_SECONDS):
            self.peak_bytes = max(self.peak_bytes, self._before - available_bytes())
