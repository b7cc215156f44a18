# SPDX-License-Identifier: BSD-3-Clause
"""mpi4py's own test suite on pylaunch's MPI module.

Prints `N of M` for each number of ranks: of the M tests that pass with mpi4py itself, N pass here.
Fails when N is less than expected/LIBRARY.txt says; for a library without such a file, when a test
passes with mpi4py only.
"""
from __future__ import annotations

import argparse
import fnmatch
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .expected import Expected, expected_file, read_expected, read_left_out, write_expected
from .futures import run_futures
from .job import Outcomes, Program, Setting, run_files
from .sdist import Unavailable, source_folder, test_modules

JOBS = 8  # for all files, with one number of ranks


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/mpi4py_suite/run", description=__doc__)
    add = parser.add_argument
    add("--np", type=int, nargs="+", default=[1, 2], metavar="N", help="numbers of ranks (1 2)")
    add("--real", action="store_true", help="run mpi4py itself, too, and compare test by test")
    add("--files", nargs="+", metavar="NAME", help="only these files, as test_p2p_*")
    add("--seconds", type=float, default=200, help="time limit of one job, of some ten files (200)")
    add("--accept", action="store_true", help="write what was found to expected/LIBRARY.txt")
    add("--quiet", action="store_true", help="no texts of failures")
    add("--futures", action="store_true", help="mpi4py.futures' tests in place of the suite")
    add("--build", type=Path, default=Path("build"), help="where to keep mpi4py's sources")
    return parser.parse_args()


def programs(python: str) -> tuple[Program, Program]:
    native = Program("pylaunch", (os.environ["PYLAUNCH"],),
                     {"PYLAUNCH_MPI4PY": "native", "PYLAUNCH_PYTHON": python})
    return native, Program("mpi4py", (python,))


def run_all(setting: Setting, program: Program, modules: list[str], ranks: int) -> Outcomes:
    """All files, in a few jobs; side by side as far as there are processors."""
    # Files of one kind, which take alike, are neighbours.
    groups = [modules[first::JOBS] for first in range(min(JOBS, len(modules)))]
    side_by_side = max(1, (os.cpu_count() or 1) // ranks)
    with ThreadPoolExecutor(side_by_side) as pool:
        results = pool.map(lambda group: run_files(setting, program, group, ranks), groups)
        merged: Outcomes = {}
        for outcomes in results:
            merged.update(outcomes)
    return merged


def passed(outcomes: Outcomes) -> set[str]:
    return {name for name, outcome in outcomes.items() if outcome.status == "ok"}


def describe(native: Outcomes, names: list[str], quiet: bool) -> None:
    for name in names:
        outcome = native.get(name)
        status = outcome.status if outcome else "missing"
        print(f"  {status:8} {name}")
        if outcome and outcome.text and not quiet:
            print("    | " + outcome.text.strip().replace("\n", "\n    | "))


def measure(arguments, setting, modules, ranks, expected: dict[int, Expected]) -> bool:
    """One number of ranks; true when it is as good as expected."""
    native_program, real_program = programs(os.environ["PYLAUNCH_TEST_MPI4PY_PYTHON"])
    wanted = expected.get(ranks)
    compare = arguments.real or wanted is None and not arguments.files
    started = time.monotonic()
    native = run_all(setting, native_program, modules, ranks)
    seconds = time.monotonic() - started
    bad = sorted(name for name, outcome in native.items() if outcome.status not in ("ok", "skipped"))
    if compare:
        real = passed(run_all(setting, real_program, modules, ranks))
        worse = sorted(real - passed(native))
        count, total = len(real & passed(native)), len(real)
        extra = len(passed(native) - real)
    else:
        worse, extra = bad, 0
        count = len(passed(native))
        total = wanted.real if wanted and not arguments.files else count + len(bad)
    print(f"np={ranks}: {count} of {total} ({extra} more pass here only; {seconds:.0f} s)")
    describe(native, sorted({*worse, *bad}), arguments.quiet)
    if arguments.accept and not arguments.files:
        expected[ranks] = Expected(native=count, real=total)
        return True
    if arguments.files or wanted is None:
        return not worse
    if count >= wanted.native:
        return True
    print(f"np={ranks}: {count} is less than the {wanted.native} that are expected")
    if not compare:
        real = passed(run_all(setting, real_program, modules, ranks))
    return misses_no_more(ranks, real - passed(native), len(real), wanted)


def misses_no_more(ranks: int, missed: set[str], total: int, wanted: Expected) -> bool:
    """Where a machine lacks what a test needs, as a compiler, mpi4py itself passes fewer, too."""
    print(f"np={ranks}: mpi4py itself passes {total} here; {len(missed)} of these fail with pylaunch")
    return len(missed) <= wanted.real - wanted.native


def main() -> int:
    arguments = parse_arguments()
    python = os.environ["PYLAUNCH_TEST_MPI4PY_PYTHON"]
    try:
        folder = source_folder(python, arguments.build / "mpi4py_suite")
    except Unavailable as error:
        print(f"mpi4py_suite: {error}", file=sys.stderr)
        return 77
    mpiexec = shutil.which(os.environ.get("MPIEXEC", "mpiexec"))
    setting = Setting(mpiexec, (folder / "test").resolve(),
                      os.environ.get("PYLAUNCH_TEST_YIELD", ""), arguments.seconds)
    if arguments.futures:
        native, _ = programs(python)
        return 0 if all([run_futures(setting, native, folder, n) for n in arguments.np]) else 1
    modules = [name for name in test_modules(folder)
               if any(fnmatch.fnmatchcase(name, pattern) for pattern in arguments.files or ["*"])]
    expectations = expected_file(python)
    expected = read_expected(expectations)
    good = []
    for ranks in arguments.np:
        left_out = read_left_out(expectations, ranks)
        if "*" in left_out:
            print(f"np={ranks}: left out, as {expectations.name} says")
            continue
        kept = [name for name in modules if name not in left_out]
        good.append(measure(arguments, setting, kept, ranks, expected))
    if not good:
        return 77
    if arguments.accept:
        write_expected(expectations, expected)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
