# SPDX-License-Identifier: BSD-3-Clause
"""The command bench/count."""
from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from .interpreter import describe
from .strace_counts import RankCount, count_calls


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/count",
        description="Count each rank's system calls on Python's library folders.",
    )
    parser.add_argument("-np", type=int, default=1, metavar="N", help="ranks (1)")
    parser.add_argument("--folder", action="append", default=[], help="one more folder to watch")
    parser.add_argument("--paths", type=int, default=0, metavar="K",
                        help="show the K paths that each rank touched most")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND ...")
    arguments = parser.parse_args()
    if arguments.command[:1] == ["--"]:
        del arguments.command[0]
    if not arguments.command:
        parser.error("a command is missing")
    return arguments


def script_folders(command: list[str]) -> list[str]:
    scripts = (Path(a) for a in command if a.endswith(".py") and Path(a).is_file())
    return [os.path.realpath(script.parent) for script in scripts]


def print_table(counts: list[RankCount], shown_paths: int) -> None:
    print(f"{'rank':>4} {'library calls':>14} {'all file calls':>15}  by call")
    for count in counts:
        by_call = ", ".join(f"{name} {n}" for name, n in count.by_call.most_common())
        print(f"{count.rank:>4} {count.calls:>14} {count.all_calls:>15}  {by_call}")
        for path, times in count.by_path.most_common(shown_paths):
            print(f"{'':>19} {times:>5}  {path}")


def main() -> int:
    arguments = parse_arguments()
    python = describe(os.environ.get("PYLAUNCH_PYTHON", "/usr/bin/python3"))
    folders = [*python.library_folders, *script_folders(arguments.command),
               *map(os.path.realpath, arguments.folder)]
    counts = count_calls(
        arguments.command,
        ranks=arguments.np,
        folders=folders,
        mpiexec=os.environ.get("MPIEXEC", "mpiexec").split(),
    )
    if arguments.json:
        print(json.dumps({"folders": folders, "ranks": [vars(c) for c in counts]}, indent=2))
    else:
        print_table(counts, arguments.paths)
    return 0


