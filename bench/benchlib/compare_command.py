# SPDX-License-Identifier: BSD-3-Clause
"""The command bench/run: launchers side by side on an emulated slow shared file system."""
from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from .images import Image
from .interpreter import describe, mpi4py_site, outermost
from .launchers import Launcher, environment, launchers
from .machine import describe_machine
from .picture import draw
from .programs import NAMES, Program, program
from .slow_run import Measurement, RunFailed, SlowFileSystem, run_locally, run_slowly
from .strace_counts import count_calls
from .summary import Row, markdown_table


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    add = parser.add_argument
    add("--ranks", type=int, nargs="+", default=[1, 2, 4, 8, 16], metavar="N")
    add("--repeat", type=int, default=3, metavar="K", help="runs of each kind (3)")
    add("--program", choices=NAMES, default=NAMES[0], help=f"what every rank runs ({NAMES[0]})")
    add("--code", help="other code to run")
    add("--script", help="a script to run instead; its folder is put on the slow file system too")
    add("--cost-us", type=int, default=200, help="server time of a metadata request (200)")
    add("--cache", type=float, default=0, metavar="SECONDS",
        help="clients cache names and attributes so long (0: every rank is a node of its own)")
    add("--nodes", type=int, metavar="M",
        help="nodes that MPICH is told to see (N without --cache, 1 with it)")
    add("--manifests", choices=("slow", "local"), default="slow",
        help="where pylaunch keeps what it learnt (slow: a home folder on the slow file system)")
    add("--without-mpi", action="store_true",
        help="leave out `from mpi4py import MPI`, with which all programs begin otherwise")
    add("--images", nargs="*", choices=("tar", "squashfs"), default=[],
        help="measure an environment in an image, too")
    add("--picture", metavar="FILE", help="draw the times as SVG")
    add("--without-pylaunch", action="store_true", help="measure the alternatives only")
    add("--strace", action="store_true", help="count system calls instead of timing")
    add("--json", metavar="FILE", help="write everything that was measured")
    return parser.parse_args()


class Bench:
    def __init__(self, arguments: argparse.Namespace, scratch: Path) -> None:
        self.arguments = arguments
        self.mpiexec = os.environ.get("MPIEXEC", "mpiexec")
        self.what = self.choose_program(scratch)
        self.python = describe(self.what.python)
        self.manifests = scratch / "manifests"
        self.manifests.mkdir(mode=0o700)
        images = scratch / "images"  # they lie on the slow file system, too
        images.mkdir()
        self.mpi4py_site = ""
        if not (arguments.without_mpi or arguments.script):
            self.mpi4py_site = mpi4py_site(os.environ["PYLAUNCH_BENCH_MPI4PY_PYTHON"])
        folders = [*self.python.library_folders, *self.what.more_folders]
        if self.mpi4py_site:
            folders.append(self.mpi4py_site)
        folders = list(outermost(folders))
        self.images = {kind: Image(kind, folders, images / kind) for kind in arguments.images}
        folders.append(str(images))
        if arguments.manifests == "slow":
            folders.append(str(self.manifests))
        self.file_system = SlowFileSystem(
            os.environ.get("SLOWFS", "slowfs"), outermost(folders), arguments.cost_us,
            arguments.cache
        )
        pylaunch = None if arguments.without_pylaunch else os.environ["PYLAUNCH"]
        self.launchers = launchers(pylaunch, self.python.executable, tuple(arguments.images))

    def choose_program(self, scratch: Path) -> Program:
        arguments = self.arguments
        python = os.environ["PYLAUNCH_PYTHON"]
        if arguments.script:
            return Program("", python, (str(Path(arguments.script).resolve().parent),))
        if arguments.code:
            return Program(arguments.code, python)
        return program(arguments.program, scratch)

    def measure(self, launcher: Launcher, ranks: int) -> Measurement:
        command = ["timeout", "600", self.mpiexec, "-np", str(ranks), *self.words(launcher)]
        if launcher.image:
            command = self.images[launcher.image].wrap(command)
        variables = self.variables(launcher, ranks)
        for _ in range(launcher.warm_up):
            run_slowly(command, variables, self.file_system)
        if launcher.slow:
            return run_slowly(command, variables, self.file_system)
        return run_locally(command, variables)

    def words(self, launcher: Launcher) -> list[str]:
        if self.arguments.script:
            return [*launcher.program, str(Path(self.arguments.script).resolve())]
        prelude = "from mpi4py import MPI; " if self.mpi4py_site else ""
        if prelude and not launcher.is_pylaunch:  # which brings the module along
            prelude = (f"import sys; sys.path.insert(0, {self.mpi4py_site!r}); {prelude}"
                       "del sys.path[0]; ")
        return [*launcher.program, "-c", prelude + self.what.code]

    def variables(self, launcher: Launcher, ranks: int) -> dict[str, str]:
        if launcher.forgets:
            for entry in self.manifests.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        nodes = self.arguments.nodes or (1 if self.arguments.cache > 0 else ranks)
        return environment(self.python.executable, self.manifests, nodes)

    def rows(self) -> list[Row]:
        """Every launcher at every N, interleaved: a disturbance of the machine hits them alike."""
        taken: dict[tuple[int, str], list[Measurement]] = {}
        for repetition in range(self.arguments.repeat):
            for ranks in self.arguments.ranks:
                for launcher in self.launchers:
                    measured = self.measure(launcher, ranks)
                    taken.setdefault((ranks, launcher.name), []).append(measured)
                    print(f"{repetition + 1}/{self.arguments.repeat}  N={ranks:<3} "
                          f"{launcher.name:<36} {measured.wall_seconds:8.2f} s "
                          f"{measured.requests:>9,} requests", file=sys.stderr)
        slow = {launcher.name: launcher.slow for launcher in self.launchers}
        return [Row(n, name, slow[name], measured) for (n, name), measured in taken.items()]

    def count_system_calls(self) -> None:
        """What remains where no FUSE view can be mounted: the requests, without their time."""
        print("| N | launcher | calls on Python's folders | rank 0 | most of another rank |\n"
              "|--:|---|--:|--:|--:|")
        for ranks in self.arguments.ranks:
            for launcher in (row for row in self.launchers if row.slow and not row.image):
                counts = count_calls(
                    self.words(launcher), ranks=ranks, mpiexec=[self.mpiexec],
                    folders=self.file_system.folders, environment=self.variables(launcher, ranks),
                )
                others = max((c.calls for c in counts[1:]), default=0)
                print(f"| {ranks} | {launcher.name} | {sum(c.calls for c in counts):,} "
                      f"| {counts[0].calls:,} | {others:,} |", flush=True)


def emulation_obstacle() -> str | None:
    """Why the slow file system cannot be mounted here, if it cannot."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse is not there or not open to this user"
    namespace = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    if namespace.returncode != 0:
        return "this user may not make a mount namespace (root may)"
    return None


def describe_run(bench: Bench, machine: dict[str, str | int]) -> str:
    arguments = bench.arguments
    prelude = "from mpi4py import MPI; " if bench.mpi4py_site else ""
    what = arguments.script or prelude + bench.what.code
    cache = f"{arguments.cache:g} s client cache" if arguments.cache > 0 else "no client cache"
    return (f"`{what}`, CPython {bench.python.version}, {machine['mpi']}; "
            f"{arguments.cost_us} µs per metadata request, {cache}; {arguments.repeat} runs each; "
            f"{machine['cores']} cores of {machine['processor']}, {machine['system']}")


def main() -> int:
    arguments = parse_arguments()
    obstacle = emulation_obstacle()
    with tempfile.TemporaryDirectory(prefix="pylaunch-bench-") as scratch:
        bench = Bench(arguments, Path(scratch))
        if obstacle is not None or arguments.strace:
            if obstacle is not None:
                print(f"bench/run: no emulated file system: {obstacle}; "
                      "counting system calls with strace instead", file=sys.stderr)
            bench.count_system_calls()
            return 0
        try:
            rows = bench.rows()
        except RunFailed as failure:
            print(f"bench/run: {failure}", file=sys.stderr)
            return 1
    machine = describe_machine(bench.mpiexec)
    print(describe_run(bench, machine) + "\n")
    print(markdown_table(rows, baseline="python3"))
    if arguments.picture:
        title = f"{arguments.script or bench.arguments.code or bench.arguments.program}: start of a job"
        Path(arguments.picture).write_text(draw(rows, title))
    if arguments.json:
        raw = {"machine": machine, "python": asdict(bench.python), "options": vars(arguments),
               "rows": [asdict(row) for row in rows]}
        Path(arguments.json).write_text(json.dumps(raw, indent=2) + "\n")
    return 0
