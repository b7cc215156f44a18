# SPDX-License-Identifier: BSD-3-Clause
"""One installed pylaunch serves environments of all CPython versions that it was built for."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness

BUILD = os.environ.get("PYLAUNCH_TEST_BUILD", "")
PYTHONS = os.environ.get("PYLAUNCH_TEST_PYTHONS", "").split(":")

PROGRAM = harness.PREAMBLE + """
import json, os, sys
from pylaunch import MPI
with open("/proc/self/maps") as maps:
    mapped = sorted({line.split(maxsplit=5)[-1].strip() for line in maps
                     if "libpython" in line or "pylaunch-python" in line})
report({"environment": [sys.version, sys.executable, sys.prefix, sys.base_prefix, sys.path, json.__file__],
        "sum": MPI.COMM_WORLD.allreduce(1), "mapped": mapped})
"""
ORACLE = harness.PREAMBLE + """
import json, sys
report([sys.version, sys.executable, sys.prefix, sys.base_prefix, sys.path, json.__file__])
"""


def version_of(python):
    return subprocess.run([python, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                          check=True, capture_output=True, text=True).stdout.strip()


def make_prefix(python, folder):
    """A prefix of its own around the standard library of `python`, as conda's are."""
    real = pathlib.Path(python).resolve()
    name = "python" + version_of(python)
    (folder / "bin").mkdir(parents=True)
    shutil.copy2(real, folder / "bin" / name)
    (folder / "bin" / "python3").symlink_to(name)
    (folder / "lib").mkdir()
    (folder / "lib" / name).symlink_to(real.parent.parent / "lib" / name)
    return folder


class OneInstallation(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="pylaunch-versions-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.prefix = pathlib.Path(cls.temporary.name).resolve() / "prefix"
        subprocess.run([harness.tool("cmake"), "--install", BUILD, "--prefix", str(cls.prefix)],
                       check=True, stdout=subprocess.DEVNULL)
        cls.versions = {version_of(python): python for python in PYTHONS}

    def setUp(self):
        super().setUp()
        self.assertGreater(len(self.versions), 1, "this test is about several versions")
        self.pylaunch = self.prefix / "bin" / "pylaunch"
        self.write("program.py", PROGRAM)
        self.write("oracle.py", ORACLE)

    def check(self, python, *options, env=()):
        expected = self.python("oracle.py", python=python).reports[0]
        env = {"PYLAUNCH_PYTHON": None, **dict(env)}
        for _ in range(2):
            result = self.execute([harness.MPIEXEC, "-n", 2, self.pylaunch, *options, "program.py"], env=env)
            self.assert_ended(result)
            for rank in range(2):
                found = result.reports[rank]
                self.assertEqual(found["environment"], expected)
                self.assertEqual(found["sum"], 2)
            # Rank 0 has loaded libpython and the support library from their files, nobody else.
            self.assertEqual([p for p in result.reports[0]["mapped"] if p.startswith("/memfd:")], [])
            mapped = result.reports[1]["mapped"]
            self.assertEqual([p for p in mapped if not p.startswith("/memfd:")], [])
            self.assertEqual(len(mapped), 2, mapped)

    def test_by_option(self):
        for version, python in self.versions.items():
            with self.subTest(version):
                self.check(python, "--python", python)

    def test_by_activated_environment(self):
        for version, python in self.versions.items():
            with self.subTest(version):
                folder = self.home / version
                subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True,
                               env=harness.clean_environment())
                self.check(folder / "bin" / "python3", env={"VIRTUAL_ENV": folder})

    def test_by_active_prefix(self):
        for version, python in self.versions.items():
            with self.subTest(version):
                folder = make_prefix(python, self.home / version)
                self.check(folder / "bin" / "python3", env={"CONDA_PREFIX": folder})

    def test_by_path(self):
        for version, python in self.versions.items():
            with self.subTest(version):
                folder = make_prefix(python, self.home / version)
                self.check(folder / "bin" / "python3", env={"PATH": f"{folder}/bin:{os.environ['PATH']}"})

    def test_version_names_them_all(self):
        lines = self.execute([self.pylaunch, "--version"]).stdout.splitlines()
        text = next(line for line in lines if line.startswith("CPython "))
        self.assertEqual(sorted(text.replace("CPython ", "").split(", ")), sorted(self.versions))

    def test_version_without_a_support_library(self):
        prefix = self.folder / "prefix"
        shutil.copytree(self.prefix, prefix)
        missing, *others = self.versions
        (prefix / f"lib/pylaunch/libpylaunch-python{missing}.so").unlink()
        result = self.execute([harness.MPIEXEC, "-n", 2, prefix / "bin" / "pylaunch", "--python",
                               self.versions[missing], "program.py"])
        self.assert_ended(result, 69)
        self.assertEqual(result.stderr.count("pylaunch:"), 1, result.stderr)
        self.assertIn(f"no support library for CPython {missing}", result.stderr)
        for version in others:
            self.assertIn(version, result.stderr.split("it has:")[1])


if __name__ == "__main__":
    unittest.main()
