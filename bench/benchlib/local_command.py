# SPDX-License-Identifier: BSD-3-Clause
"""The command bench/local: what pylaunch costs where there is nothing to win.

One rank, warm local disk: `pylaunch -c CODE` against `python3 -c CODE` plus a program that only
initialises and finalises MPI; and pylaunch with the shared libpython, which it has to use where the
interpreter's own code is not built in. They alternate, so that a disturbance hits them alike.
"""
from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from .interpreter import describe
from .launchers import environment
from .machine import describe_machine
from .slow_run import RunFailed, run_locally


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/local", description=__doc__)
    parser.add_argument("--repeat", type=int, default=21, metavar="K", help="runs of each (21)")
    parser.add_argument("--code", default="import numpy", help="what is run (import numpy)")
    parser.add_argument("--mpiexec", action="store_true",
                        help="start all of them with mpiexec -np 1 instead of directly")
    parser.add_argument("--json", metavar="FILE", help="write every single time")
    return parser.parse_args()


def measure(
    commands: dict[str, list[str]], repeat: int, variables: dict[str, str]
) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():  # warms the disk's cache and pylaunch's manifest
        run_locally(command, variables)
        run_locally(command, variables)
    for _ in range(repeat):
        for name, command in commands.items():
            seconds[name].append(run_locally(command, variables).wall_seconds)
    return seconds


def main() -> int:
    arguments = parse_arguments()
    mpiexec = os.environ.get("MPIEXEC", "mpiexec")
    prefix = [mpiexec, "-np", "1"] if arguments.mpiexec else []
    python = describe(os.environ["PYLAUNCH_PYTHON"])
    commands = {
        "pylaunch": [*prefix, os.environ["PYLAUNCH"], "-c", arguments.code],
        "python3": [*prefix, python.executable, "-c", arguments.code],
        "bare MPI_Init + MPI_Finalize": [*prefix, os.environ["BARE_MPI"]],
        "pylaunch --libpython shared":
            [*prefix, os.environ["PYLAUNCH"], "--libpython", "shared", "-c", arguments.code],
    }
    with tempfile.TemporaryDirectory(prefix="pylaunch-bench-") as manifests:
        variables = environment(python.executable, Path(manifests), nodes=1)
        del variables["MPIR_CVAR_NUM_CLIQUES"]
        try:
            seconds = measure(commands, arguments.repeat, variables)
        except RunFailed as failure:
            print(f"bench/local: {failure}", file=sys.stderr)
            return 1
    print_result(arguments, python.version, describe_machine(mpiexec), seconds)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(seconds, indent=2) + "\n")
    return 0


def print_result(
    arguments: argparse.Namespace, version: str, machine: dict[str, str | int],
    seconds: dict[str, list[float]],
) -> None:
    print(f"`{arguments.code}`, one rank, warm local disk, CPython {version}, {machine['mpi']}, "
          f"{arguments.repeat} runs each, {machine['cores']} cores of {machine['processor']}\n")
    print("| what | median ms | min | max |\n|---|--:|--:|--:|")
    for name, values in seconds.items():
        print(f"| {name} | {median(values) * 1e3:.1f} | {min(values) * 1e3:.1f} "
              f"| {max(values) * 1e3:.1f} |")
    own, plain, bare, shared = (median(values) for values in seconds.values())
    print(f"\npylaunch / (python3 + bare MPI) = **{own / (plain + bare):.2f}**; "
          f"with the shared libpython {shared / (plain + bare):.2f}")


