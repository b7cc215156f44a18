# SPDX-License-Identifier: BSD-3-Clause
"""Runs one program with python3 and with pylaunch, in a folder of its own, and gives what came of it.

A program that is to be compared writes its findings with `report(value)` (see PREAMBLE): one JSON
file for each rank. python3 is the oracle: what it reports, every rank has to report.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

PYLAUNCH = os.environ.get("PYLAUNCH", "pylaunch")
PYTHON = os.environ.get("PYLAUNCH_PYTHON", "/usr/bin/python3")
MPIEXEC = os.environ.get("MPIEXEC", "mpiexec")
OPEN_MPI = MPIEXEC.endswith("open-mpi")  # tests/support/open-mpi.in

# No import that python3 has not done at its start: that would show in sys.modules.
PREAMBLE = """\
def report(value):
    import json, os
    rank = os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
    name = os.environ["TEST_REPORT"] + "." + rank
    with open(name, "w") as file:
        json.dump(value, file, default=repr, sort_keys=True)
"""


def differences(expected, actual, where="report"):
    """What differs between two JSON values, a short line each."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in sorted({*expected, *actual}):
            if name not in actual:
                yield f"{where}[{name!r}] is missing: {str(expected[name])[:300]}"
            elif name not in expected:
                yield f"{where}[{name!r}] is additional: {str(actual[name])[:300]}"
            else:
                yield from differences(expected[name], actual[name], f"{where}[{name!r}]")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for i, pair in enumerate(zip(expected, actual)):
            yield from differences(*pair, f"{where}[{i}]")
    elif expected != actual:
        yield f"{where}: python3 has {str(expected)[:600]}, pylaunch has {str(actual)[:600]}"


class Result:
    """One finished job: its status and output, and what its ranks reported."""

    def __init__(self, status, stdout, stderr, reports, seconds):
        self.status, self.stdout, self.stderr = status, stdout, stderr
        self.reports, self.seconds = reports, seconds

    def __repr__(self):
        return (f"status {self.status} after {self.seconds:.1f} s\n--- stdout\n{self.stdout[-4000:]}"
                f"\n--- stderr\n{self.stderr[-6000:]}")


def tool(name):
    """The path of a program that the tests cannot do without."""
    path = shutil.which(name)
    if path is None:
        raise AssertionError(f"{name} is not installed, and this test needs it")
    return path


def dynamic_section(path):
    """What `readelf -d` says of an executable or shared object."""
    return subprocess.run([tool("readelf"), "-d", str(path)], check=True, capture_output=True, text=True).stdout


def mpi_soname():
    """DT_SONAME of the MPI library that pylaunch is linked with."""
    needed = re.findall(r"\(NEEDED\).*\[(libmpi.*)\]", dynamic_section(PYLAUNCH))
    return next(name for name in needed if "cxx" not in name)


def clean_environment():
    """The environment without what would change how Python starts."""
    keep = {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "PYLAUNCH", "PMI", "VIRTUAL_ENV", "CONDA", "MPIR_"))}
    return keep


class Case(unittest.TestCase):
    """A test with a folder, a manifest folder and a home of its own."""

    maxDiff = None
    timeout = 50

    def setUp(self):
        if shutil.which(PYLAUNCH) is None:
            raise AssertionError("set PYLAUNCH to the launcher's path; it is " + PYLAUNCH)
        self._temporary = tempfile.TemporaryDirectory(prefix="pylaunch-e2e-")
        self.addCleanup(self._temporary.cleanup)
        root = pathlib.Path(self._temporary.name).resolve()
        self.folder = root / "work"
        self.manifests = root / "manifests"
        self.home = root / "home"
        self.reports = root / "reports"
        for folder in (self.folder, self.home, self.reports):
            folder.mkdir()
        self.runs = 0

    # ---- files

    def write(self, name, text="", folder=None):
        path = (folder or self.folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        return path

    def program(self, text, name="program.py"):
        """A script that may call report(); its first line is the text's first line."""
        return self.write(name, text.rstrip("\n") + "\n\n\n" + PREAMBLE if "report(" not in text
                          else PREAMBLE + text)

    # ---- jobs

    def environment(self, more):
        variables = clean_environment()
        variables.update(HOME=str(self.home), PYLAUNCH_PYTHON=PYTHON,
                         PYLAUNCH_MANIFEST_DIR=str(self.manifests), MPIR_CVAR_NUM_CLIQUES="1")
        for name, value in more.items():
            if value is None:
                variables.pop(name, None)
            else:
                variables[name] = str(value)
        return variables

    def execute(self, command, env=(), stdin=None, timeout=None, cwd=None, act=None):
        """Runs a command line. `act(process)` may disturb it while it runs."""
        self.runs += 1
        name = self.reports / f"run{self.runs}"
        variables = self.environment(dict(env))
        variables["TEST_REPORT"] = str(name)
        started = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command], env=variables, cwd=cwd or self.folder, text=True,
            errors="surrogateescape", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE, start_new_session=True)
        try:
            if act is not None:
                act(process)
            stdout, stderr = process.communicate(stdin, timeout=timeout or self.timeout)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                stdout, stderr = process.communicate(timeout=3)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                stdout, stderr = process.communicate()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            result = Result(None, stdout, stderr, {}, time.monotonic() - started)
            self.fail(f"{command} does not end: {result}")
        seconds = time.monotonic() - started
        reports = {int(path.suffix[1:]): json.loads(path.read_text())
                   for path in self.reports.glob(name.name + ".*")}
        return Result(process.returncode, stdout, stderr, reports, seconds)

    def python(self, *arguments, python=PYTHON, **options):
        return self.execute([python, *arguments], **options)

    def launch(self, *arguments, ranks=2, nodes=1, options=(), wrap=(), mpi_options=(), env=(), **more):
        """mpiexec -n RANKS [WRAP] pylaunch OPTIONS ARGUMENTS; NODES > 1 are simulated by MPICH, and
        one with Open MPI."""
        env = {"MPIR_CVAR_NUM_CLIQUES": str(nodes), **dict(env)}
        command = [tool(MPIEXEC), *mpi_options, "-n", ranks, *wrap, PYLAUNCH, *options, *arguments]
        return self.execute(command, env=env, **more)

    # ---- comparisons

    def assert_ended(self, result, status=0):
        self.assertEqual(result.status, status, repr(result))

    def assert_like_python(self, *arguments, ranks=2, runs=2, allowed=None, env=(), **options):
        """Every rank of every run reports what python3 reports. `allowed(expected, actual)` may
        change both to take out what is documented to differ. Returns python3's report."""
        oracle_options = {name: value for name, value in options.items()
                          if name in ("stdin", "timeout", "cwd", "python")}
        # Open MPI's mpiexec gives its ranks terminals.
        under = [tool(MPIEXEC), "-n", 1] if OPEN_MPI else []
        oracle = self.execute([*under, oracle_options.pop("python", PYTHON), *arguments], env=env,
                              **oracle_options)
        self.assertIn(0, oracle.reports, repr(oracle))
        options.pop("python", None)
        for run in range(runs):
            result = self.launch(*arguments, ranks=ranks, env=env, **options)
            self.assertEqual(result.status, oracle.status, repr(result))
            self.assertEqual(sorted(result.reports), list(range(ranks)), repr(result))
            for rank in range(ranks):
                expected = json.loads(json.dumps(oracle.reports[0]))
                actual = result.reports[rank]
                if allowed is not None:
                    allowed(expected, actual)
                found = list(differences(expected, actual))
                self.assertFalse(found, f"rank {rank} of run {run + 1}:\n" + "\n".join(found))
        return oracle.reports[0]

    def assert_output_like_python(self, *arguments, ranks=1, runs=2, env=(), **options):
        """Status, stdout and stderr of one rank are python3's."""
        oracle = self.python(*arguments, env=env)
        for _ in range(runs):
            result = self.launch(*arguments, ranks=ranks, env=env, **options)
            self.assertEqual((result.status, result.stdout, result.stderr),
                             (oracle.status, oracle.stdout, oracle.stderr))
        return oracle
