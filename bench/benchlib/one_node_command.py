# SPDX-License-Identifier: BSD-3-Clause
"""The command bench/one-node: N ranks of one machine on its warm local disk.

`mpiexec -np N python3` with mpi4py against `mpiexec -np N pylaunch`, in turns: each run is compared
with the one beside it, and the median of these ratios counts. A later run of pylaunch's, as users
have most of the time. With --nodes the ranks are shared out to simulated nodes, each with a copy of
its own.
"""
from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from .interpreter import describe, mpi4py_site
from .launchers import environment
from .machine import describe_machine
from .slow_run import RunFailed, run_locally

_WARM_UP = 3  # pylaunch's first two runs still write what the third finds


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/one-node", description=__doc__)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4], metavar="N")
    parser.add_argument("--nodes", type=int, default=1, metavar="M", help="simulated nodes (1)")
    parser.add_argument("--repeat", type=int, default=21, metavar="K", help="runs of each (21)")
    parser.add_argument("--code", default="import numpy, scipy.sparse.linalg",
                        help="what is run after `from mpi4py import MPI` (%(default)s)")
    return parser.parse_args()


def paired_seconds(
    commands: Sequence[Sequence[str]], repeat: int, variables: dict[str, str]
) -> list[list[float]]:
    """The wall seconds of each command, run in turns."""
    for _ in range(_WARM_UP):
        for command in commands:
            run_locally(command, variables)
    rounds = [[run_locally(command, variables).wall_seconds for command in commands]
              for _ in range(repeat)]
    return [list(column) for column in zip(*rounds)]


def main() -> int:
    arguments = parse_arguments()
    mpiexec = os.environ["MPIEXEC"]
    python = describe(os.environ["PYLAUNCH_PYTHON"])
    site = mpi4py_site(os.environ["PYLAUNCH_BENCH_MPI4PY_PYTHON"])
    program = "from mpi4py import MPI; " + arguments.code
    plain = (f"import sys; sys.path.insert(0, {site!r}); from mpi4py import MPI; del sys.path[0]; "
             + arguments.code)
    machine = describe_machine(mpiexec)
    nodes = f" as {arguments.nodes} simulated nodes" if arguments.nodes > 1 else ""
    print(f"`{program}`, one machine{nodes}, warm local disk, CPython {python.version}, "
          f"{machine['mpi']}, {arguments.repeat} runs each, {machine['cores']} cores of "
          f"{machine['processor']}\n")
    print("| N | python3 + mpi4py, s | pylaunch, s | ratio |\n|--:|--:|--:|--:|", flush=True)
    for ranks in arguments.ranks:
        start = [mpiexec, "-np", str(ranks)]
        commands = [[*start, python.executable, "-c", plain],
                    [*start, os.environ["PYLAUNCH"], "-c", program]]
        with tempfile.TemporaryDirectory(prefix="pylaunch-bench-") as manifests:
            variables = environment(python.executable, Path(manifests), arguments.nodes)
            try:
                theirs, ours = paired_seconds(commands, arguments.repeat, variables)
            except RunFailed as failure:
                print(f"bench/one-node: {failure}", file=sys.stderr)
                return 1
        ratio = median(own / other for own, other in zip(ours, theirs))
        print(f"| {ranks} | {median(theirs):.3f} | {median(ours):.3f} | {ratio:.2f} |", flush=True)
    return 0
