# SPDX-License-Identifier: BSD-3-Clause
"""One program, started by every launcher at every number of ranks, interleaved."""
from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .images import Image
from .interpreter import describe, mpi4py_site, outermost
from .launchers import Launcher, environment, launchers
from .peak_memory import available_bytes
from .programs import Program
from .slow_run import Measurement, SlowFileSystem, run_locally, run_slowly
from .summary import Row


@dataclass(frozen=True)
class Settings:
    """What holds for every program: see `bench/run --help`."""

    ranks: Sequence[int]
    repeat: int
    cost_us: int
    cache_seconds: float
    nodes: int | None  # None: as many as ranks without a client cache, one with it
    manifests_are_local: bool
    with_mpi: bool
    images: Sequence[str]
    patience: float  # seconds
    with_pylaunch: bool = True


class Comparison:
    def __init__(self, program: Program, settings: Settings, scratch: Path) -> None:
        self.program = program
        self.settings = settings
        self.mpiexec = os.environ["MPIEXEC"]
        self.python = describe(program.python)
        self.manifests = scratch / "manifests"
        self.manifests.mkdir(mode=0o700, parents=True)
        self.mpi4py_site = ""
        if settings.with_mpi and program.imports_mpi:
            self.mpi4py_site = mpi4py_site(os.environ["PYLAUNCH_BENCH_MPI4PY_PYTHON"])
        folders = [*self.python.library_folders, *program.more_folders]
        if self.mpi4py_site:
            folders.append(self.mpi4py_site)
        folders = list(outermost(folders))
        images = scratch / "images"  # they lie on the slow file system, too
        images.mkdir()
        self.images = {kind: Image(kind, folders, images / kind) for kind in settings.images}
        folders.append(str(images))
        if not settings.manifests_are_local:
            folders.append(str(self.manifests))
        self.file_system = SlowFileSystem(
            os.environ["SLOWFS"], outermost(folders), settings.cost_us, settings.cache_seconds)
        pylaunch = os.environ["PYLAUNCH"] if settings.with_pylaunch else None
        self.launchers = launchers(pylaunch, self.python.executable, settings.images)

    @property
    def title(self) -> str:
        cache = self.settings.cache_seconds
        where = f", one node, client cache of {cache:g} s" if cache > 0 else ""
        return self.program.name + where

    @property
    def command_line(self) -> str:
        """What is run, as it would be typed."""
        prelude = "from mpi4py import MPI; " if self.mpi4py_site else ""
        return " ".join([*self.program.arguments[:-1], prelude + self.program.arguments[-1]])

    def rows(self) -> list[Row]:
        """A disturbance of the machine hits all launchers alike, as they take turns."""
        taken: dict[tuple[int, str], list[Measurement]] = {}
        for repetition in range(self.settings.repeat):
            for ranks, launcher in self._turns(taken):
                measured = self._measure(launcher, ranks)
                taken.setdefault((ranks, launcher.name), []).append(measured)
                print(f"{self.title}: {repetition + 1}/{self.settings.repeat}  N={ranks:<3} "
                      f"{launcher.name:<36} {measured.wall_seconds:8.2f} s "
                      f"{measured.requests:>9,} requests", file=sys.stderr)
        slow = {launcher.name: launcher.slow for launcher in self.launchers}
        return [Row(n, name, slow[name], measured) for (n, name), measured in taken.items()]

    def _turns(
        self, taken: dict[tuple[int, str], list[Measurement]]
    ) -> Iterator[tuple[int, Launcher]]:
        """Who runs with how many ranks, without what would take too long or too much memory."""
        for ranks in self.settings.ranks:
            for launcher in self.launchers:
                obstacle = self._obstacle(launcher, ranks, taken)
                if obstacle:
                    print(f"{self.title}: N={ranks:<3} {launcher.name}: left out, {obstacle}",
                          file=sys.stderr)
                else:
                    yield ranks, launcher

    def _obstacle(
        self, launcher: Launcher, ranks: int, taken: dict[tuple[int, str], list[Measurement]]
    ) -> str:
        before = [run.wall_seconds for (n, name), runs in taken.items() for run in runs
                  if name == launcher.name and n <= ranks]
        if max(before, default=0) > self.settings.patience:
            return f"it took {max(before):.0f} s before"
        if launcher.image:
            needed = self.images[launcher.image].memory_bytes * self._nodes(ranks)
            if needed > available_bytes() / 2:
                return f"the nodes' copies would take {needed / 1e9:.0f} GB of memory"
        return ""

    def _nodes(self, ranks: int) -> int:
        return self.settings.nodes or (1 if self.settings.cache_seconds > 0 else ranks)

    def _measure(self, launcher: Launcher, ranks: int) -> Measurement:
        command = ["timeout", "600", self.mpiexec, "-np", str(ranks)]
        words = self.words(launcher)
        if launcher.image:
            image = self.images[launcher.image]
            if self._nodes(ranks) == 1:
                command = image.wrap([*command, *words])
            else:  # each rank is a node of its own, with its own copy
                command += ["unshare", "--mount", *image.wrap(words)]
        else:
            command += words
        variables = self.variables(launcher, ranks)
        for _ in range(launcher.warm_up):
            run_slowly(command, variables, self.file_system)
        if launcher.slow:
            return run_slowly(command, variables, self.file_system)
        return run_locally(command, variables)

    def words(self, launcher: Launcher) -> list[str]:
        *options, code = self.program.arguments
        if self.mpi4py_site and launcher.is_pylaunch:  # which brings the module along
            code = "from mpi4py import MPI; " + code
        elif self.mpi4py_site:
            code = (f"import sys; sys.path.insert(0, {self.mpi4py_site!r}); "
                    f"from mpi4py import MPI; del sys.path[0]; {code}")
        return [*launcher.program, *options, code]

    def variables(self, launcher: Launcher, ranks: int) -> dict[str, str]:
        if launcher.forgets:
            for entry in self.manifests.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        chosen = environment(self.python.executable, self.manifests, self._nodes(ranks))
        if self.program.python_path:
            chosen["PYTHONPATH"] = self.program.python_path
        return chosen
