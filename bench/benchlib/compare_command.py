# SPDX-License-Identifier: BSD-3-Clause
"""The command bench/run: launchers side by side on an emulated slow shared file system."""
from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from . import programs
from .comparison import Comparison, Settings
from .machine import describe_machine
from .picture import draw
from .slow_run import RunFailed, emulation_obstacle
from .strace_counts import count_calls
from .summary import Row, markdown_table

_FULL = {"ranks": [1, 2, 4, 8, 16, 32], "program": list(programs.FULL), "cache": [0.0, 60.0],
         "images": ["tar", "squashfs"]}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    add = parser.add_argument
    add("--full", action="store_true",
        help="all programs, client caches and images, up to 32 ranks (an hour for each repetition)")
    add("--ranks", type=int, nargs="+", default=[1, 2, 4, 8, 16], metavar="N")
    add("--repeat", type=int, default=3, metavar="K", help="runs of each kind (3)")
    add("--program", choices=programs.NAMES, nargs="+", default=[programs.NAMES[0]],
        help=f"what every rank runs ({programs.NAMES[0]})")
    add("--code", help="other code to run")
    add("--script", help="a script to run instead; its folder is put on the slow file system too")
    add("--cost-us", type=int, default=200, help="server time of a metadata request (200)")
    add("--cache", type=float, nargs="+", default=[0.0], metavar="SECONDS",
        help="clients cache names and attributes so long (0: every rank is a node of its own)")
    add("--nodes", type=int, metavar="M",
        help="nodes that MPICH is told to see (N without --cache, 1 with it)")
    add("--manifests", choices=("slow", "local"), default="slow",
        help="where pylaunch keeps what it learnt (slow: a home folder on the slow file system)")
    add("--without-mpi", action="store_true",
        help="leave out `from mpi4py import MPI`, with which all programs begin otherwise")
    add("--images", nargs="*", choices=("tar", "squashfs"), default=[],
        help="measure an environment in an image, too")
    add("--patience", type=float, default=60, metavar="SECONDS",
        help="a launcher that took longer is not run again, nor with more ranks (60)")
    add("--picture", metavar="FILE", help="draw the times as SVG")
    add("--without-pylaunch", action="store_true", help="measure the alternatives only")
    add("--strace", action="store_true", help="count system calls instead of timing")
    add("--json", metavar="FILE", help="write everything that was measured")
    arguments = parser.parse_args()
    if arguments.full:
        vars(arguments).update(_FULL)
    if arguments.images and arguments.nodes not in (None, 1):
        parser.error("--images needs one node (--nodes 1) or as many as ranks")
    return arguments


def settings(arguments: argparse.Namespace, cache_seconds: float) -> Settings:
    return Settings(
        ranks=arguments.ranks, repeat=arguments.repeat, cost_us=arguments.cost_us,
        cache_seconds=cache_seconds, nodes=arguments.nodes,
        manifests_are_local=arguments.manifests == "local", with_mpi=not arguments.without_mpi,
        images=arguments.images, patience=arguments.patience,
        with_pylaunch=not arguments.without_pylaunch,
    )


def chosen_programs(arguments: argparse.Namespace, scratch: Path) -> list[programs.Program]:
    if arguments.script:
        return [programs.of_script(arguments.script)]
    if arguments.code:
        return [programs.of_code(arguments.code)]
    return [programs.named(name, scratch) for name in arguments.program]


def count_system_calls(comparison: Comparison) -> None:
    """What remains where no FUSE view can be mounted: the requests, without their time."""
    print("| N | launcher | calls on Python's folders | rank 0 | most of another rank |\n"
          "|--:|---|--:|--:|--:|")
    for ranks in comparison.settings.ranks:
        for launcher in (row for row in comparison.launchers if row.slow and not row.image):
            counts = count_calls(
                comparison.words(launcher), ranks=ranks, mpiexec=[comparison.mpiexec],
                folders=comparison.file_system.folders,
                environment=comparison.variables(launcher, ranks),
            )
            others = max((c.calls for c in counts[1:]), default=0)
            print(f"| {ranks} | {launcher.name} | {sum(c.calls for c in counts):,} "
                  f"| {counts[0].calls:,} | {others:,} |", flush=True)


def describe(comparison: Comparison, machine: dict[str, str | int]) -> str:
    cache = comparison.settings.cache_seconds
    caching = f"{cache:g} s client cache" if cache > 0 else "no client cache"
    repeat = comparison.settings.repeat
    return (f"`{comparison.command_line}`, CPython {comparison.python.version}, {machine['mpi']}; "
            f"{comparison.settings.cost_us} µs per metadata request, {caching}; "
            f"{repeat} run{'s' if repeat > 1 else ''} each; {machine['cores']} cores of "
            f"{machine['processor']}, {machine['system']}")


def comparisons(arguments: argparse.Namespace, scratch: Path) -> Iterator[Comparison]:
    chosen = chosen_programs(arguments, scratch)
    for cache in arguments.cache:
        for program in chosen:
            own = Path(tempfile.mkdtemp(dir=scratch))
            yield Comparison(program, settings(arguments, cache), own)


def write_results(
    arguments: argparse.Namespace, machine: dict[str, str | int],
    done: list[tuple[Comparison, list[Row]]],
) -> None:
    if arguments.picture:
        Path(arguments.picture).write_text(draw({it.title: rows for it, rows in done}))
    if arguments.json:
        told = {
            "machine": machine,
            "options": vars(arguments),
            "comparisons": [
                {"title": it.title, "python": asdict(it.python), "settings": asdict(it.settings),
                 "rows": [asdict(row) for row in rows]}
                for it, rows in done
            ],
        }
        Path(arguments.json).write_text(json.dumps(told, indent=2) + "\n")


def main() -> int:
    arguments = parse_arguments()
    obstacle = emulation_obstacle()
    if obstacle is not None:
        print(f"bench/run: no emulated file system: {obstacle}; "
              "counting system calls with strace instead", file=sys.stderr)
    machine = describe_machine(os.environ["MPIEXEC"])
    done: list[tuple[Comparison, list[Row]]] = []
    with tempfile.TemporaryDirectory(prefix="pylaunch-bench-") as scratch:
        for comparison in comparisons(arguments, Path(scratch)):
            if obstacle is not None or arguments.strace:
                count_system_calls(comparison)
                continue
            try:
                rows = comparison.rows()
            except RunFailed as failure:
                print(f"bench/run: {failure}", file=sys.stderr)
                return 1
            print(f"## {comparison.title}\n\n{describe(comparison, machine)}\n\n"
                  f"{markdown_table(rows, baseline='python3')}\n", flush=True)
            done.append((comparison, rows))
            write_results(arguments, machine, done)  # so far: what follows may take an hour
    return 0
