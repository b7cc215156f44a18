# SPDX-License-Identifier: BSD-3-Clause
"""Compare pylaunch's MPI module with mpi4py itself: the same calls, round by round in turn.

The best round of each counts: a machine may run whole jobs at different speeds. The goals are for the
ratio to mpi4py under python3. `alike` is the ratio to mpi4py under pylaunch, whose interpreter may take
more for each call of whatever kind: with the shared libpython it does, next to a python3 that has it
built in.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

CALLS = pathlib.Path(__file__).resolve().parent / "calls.py"
INTERPRETER = "a function that does nothing"
# What the product promises, as parts of mpi4py's time; everything else: 1.
GOALS = {"COMM_SELF.Bcast(numpy, 8 B)": 0.7, "send/recv(dict)": 0.8, "allreduce(int)": 0.8}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/mpi_module/run", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=30, help="jobs of each kind (30)")
    add("--np", type=int, nargs="+", default=[1, 2], choices=(1, 2), help="numbers of ranks (1 2)")
    add("--only", nargs="+", default=[], metavar="WORD", help="calls whose names have one of these")
    add("--tolerance", type=float, default=0.05, help="how much of a goal is noise (0.05)")
    add("--json", metavar="FILE", help="write all rounds")
    return parser.parse_args()


def kinds():
    python = os.environ["PYLAUNCH_BENCH_MPI4PY_PYTHON"]
    pylaunch = os.environ["PYLAUNCH"]
    base = {name: value for name, value in os.environ.items()
            if not name.startswith(("PMI", "HYDRA", "MPI4PY", "PYTHON"))}
    native = dict(base, PYLAUNCH_MPI4PY="native", PYLAUNCH_PYTHON=python)
    return {"native": ([pylaunch], native), "mpi4py": ([python], base),
            "mpi4py in pylaunch": ([pylaunch], dict(native, PYLAUNCH_MPI4PY="installed"))}


def run_once(command, environment, ranks, only):
    with tempfile.TemporaryDirectory(prefix="mpi-module-") as folder:
        output = f"{folder}/seconds.json"
        subprocess.run([os.environ["MPIEXEC"], "-n", str(ranks), *command, str(CALLS), output, *only],
                       env=environment, check=True, timeout=600)
        with open(output, encoding="utf-8") as file:
            return json.load(file)


def human(seconds):
    for unit, scale in (("ns", 1e9), ("µs", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds:.3g} s"


def best(rounds, kind, name):
    return min(one[name] for one in rounds[kind])


def print_table(ranks, rounds, tolerance):
    """True when every goal is met."""
    print(f"\nnp={ranks}, best of {len(rounds['native'])} rounds\n\n"
          "| call | native | mpi4py | ratio | goal | alike |\n|---|--:|--:|--:|--:|--:|")
    good = True
    for name in rounds["native"][0]:
        ours, theirs, alike = (best(rounds, kind, name) for kind in kinds())
        goal = GOALS.get(name, 1.0)
        missed = name != INTERPRETER and ours / theirs > goal + tolerance
        good = good and not missed
        verdict = "" if name == INTERPRETER else f"{goal:g}{' missed' if missed else ''}"
        print(f"| {name} | {human(ours)} | {human(theirs)} | {ours / theirs:.2f} | {verdict} | "
              f"{ours / alike:.2f} |")
    return good


def large_objects_are_cheap(rounds):
    names = ("send/recv(1e6 doubles)", "Send/Recv(1e6 doubles)")
    if not all(name in rounds["native"][0] for name in names):
        return True
    lower, upper = (best(rounds, "native", name) for name in names)
    print(f"\nAn array of 1e6 doubles by send/recv takes {lower / upper:.2f} of Send/Recv's time "
          "(goal: 1.5).")
    return lower <= 1.5 * upper


def main():
    arguments = parse_arguments()
    everything = {}
    good = True
    for ranks in arguments.np:
        rounds = everything[ranks] = {kind: [] for kind in kinds()}
        for number in range(arguments.rounds):
            for kind, (command, environment) in kinds().items():
                rounds[kind].append(run_once(command, environment, ranks, arguments.only))
            print(f"np={ranks}: round {number + 1} of {arguments.rounds}", file=sys.stderr)
        good = print_table(ranks, rounds, arguments.tolerance) and good
        good = large_objects_are_cheap(rounds) and good
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(everything), encoding="utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
