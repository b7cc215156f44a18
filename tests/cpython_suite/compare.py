# SPDX-License-Identifier: BSD-3-Clause
"""CPython's own test suite: under pylaunch each test has to come out as it does under python3.

One job for each module of `test`, on two simulated nodes, so that rank 1 has nothing but memory. It
runs twice: with what the scan of a first run has broadcast, and with what the first run has learned.
"""

import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

PYLAUNCH = os.environ.get("PYLAUNCH", "pylaunch")
PYTHON = os.environ.get("PYLAUNCH_PYTHON", "/usr/bin/python3")
MPIEXEC = os.environ.get("MPIEXEC", "mpiexec")
PROGRAM = pathlib.Path(__file__).with_name("one_rank.py")

RANKS = 2
SECONDS = 600  # for one module
SIDE_BY_SIDE = 2  # modules about imports: python3 takes one processor, and many a test sleeps
NOT_INSTALLED = 77  # the exit status that ctest takes for "skipped"

# What the importer, the loaders, tracebacks and the start of an interpreter have to do with.
IMPORT_MODULES = """test_importlib test_import test_pkg test_pkgutil test_runpy test_zipimport
    test_inspect test_linecache test_traceback test_bdb test_builtin test_code_module test_modulefinder
    test_pyclbr test_threadedtempfile test_warnings""".split()

# What is not compared, as docs/importer.md and docs/limitations.md say that it differs.
LEFT_OUT = {
    "test.test_import.SinglephaseInitTests": "asks for type(loader) itself",
    "test.test_import.SubinterpImportTests": "asks for type(loader) itself",
    "test.test_selectors.EpollSelectorTestCase.test_above_fd_setsize": "uses all descriptors that there may be",
    "test.test_selectors.PollSelectorTestCase.test_above_fd_setsize": "uses all descriptors that there may be",
}


def outcomes(file):
    """{name of a test: "passed", "failed" or "skipped"}, or None if the file does not have them."""
    try:
        cases = list(ElementTree.parse(file).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return None
    found = {}
    for case in cases:
        bad = case.find("failure") is not None or case.find("error") is not None
        left_out = case.find("skipped") is not None or case.get("status") == "notrun"
        found[str(case.get("name"))] = "failed" if bad else "skipped" if left_out else "passed"
    return found


def run(command, folder, env=()):
    """Its exit status, or what came instead. What it printed is in FOLDER.log."""
    folder.mkdir()
    with open(f"{folder}.log", "wb") as log:
        try:
            return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                  timeout=SECONDS, env={**os.environ, **dict(env)}).returncode
        except subprocess.TimeoutExpired:
            return f"not finished after {SECONDS} s"


def differences(expected, actual):
    for name in sorted({*expected, *actual}):
        if name.startswith(tuple(LEFT_OUT)):
            continue
        pair = expected.get(name, "not there"), actual.get(name, "not there")
        if pair[0] != pair[1]:
            yield f"    {name}: {pair[0]} under python3, {pair[1]} under pylaunch"


def compare(module, work):
    """How many tests of a module are compared, and lines about those that come out differently."""
    run([PYTHON, PROGRAM, work / "python3", module], work / "python3")
    expected = outcomes(work / "python3/0.xml")
    if not expected:
        return 0, [f"  {module}: no result under python3, see {work}/python3.log"]
    lines = []
    for number in (1, 2):
        folder = work / f"run{number}"
        status = run([MPIEXEC, "-n", str(RANKS), PYLAUNCH, "--python", PYTHON, PROGRAM, folder, module], folder,
                     {"MPIR_CVAR_NUM_CLIQUES": str(RANKS), "PYLAUNCH_MANIFEST_DIR": str(work / "manifest")})
        for rank in range(RANKS):
            actual = outcomes(folder / f"{rank}.xml")
            found = ["    no result"] if actual is None else list(differences(expected, actual))
            if found:
                lines += [f"  {module}, run {number}, rank {rank}, status {status}, see {folder}.log:", *found]
    return sum(not name.startswith(tuple(LEFT_OUT)) for name in expected), lines


def left_out(module):
    return [f"  not compared: {name}, which {reason}" for name, reason in LEFT_OUT.items()
            if name.startswith(f"test.{module}.")]


def all_modules():
    return subprocess.run([PYTHON, "-m", "test", "--list-tests"], capture_output=True, text=True,
                          check=True).stdout.split()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="of `test`; default: those about imports")
    parser.add_argument("--all", action="store_true", help="all modules; takes an hour or two")
    arguments = parser.parse_args()
    if subprocess.run([PYTHON, "-c", "import test.test_importlib"], capture_output=True).returncode != 0:
        print(f"{PYTHON} comes without its test suite (Debian: libpython3.N-testsuite)")
        return NOT_INSTALLED
    work = pathlib.Path(tempfile.mkdtemp(prefix="pylaunch-cpython-suite."))
    total, failed = 0, False
    modules = arguments.modules or (all_modules() if arguments.all else IMPORT_MODULES)
    for module in modules:
        (work / module).mkdir()
    with concurrent.futures.ThreadPoolExecutor(1 if arguments.all else SIDE_BY_SIDE) as pool:
        compared = pool.map(lambda module: compare(module, work / module), modules)
        for module, (tests, lines) in zip(modules, compared):
            total, failed = total + tests, failed or bool(lines)
            print(f"{module}: {tests} tests" + (", of which differ:" if lines else ""), *lines, *left_out(module),
                  sep="\n", flush=True)
            if not lines:
                shutil.rmtree(work / module)
    print(f"CPython's test suite: {total} tests compared with python3")
    if not failed:
        shutil.rmtree(work)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
