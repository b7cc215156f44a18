# SPDX-License-Identifier: BSD-3-Clause
"""Type checkers read the stubs: what they say is true of the module, and of programs that use it."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parents[2] / "modules/package/mpi4py"
PROGRAM = HERE / "typed_program.py"


class Types(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.python = os.environ["PYLAUNCH_TEST_DEVELOPER_PYTHON"]
        found = subprocess.run([cls.python, "-c", "import mypy"], capture_output=True, check=False)
        if found.returncode != 0:
            raise AssertionError(f"{cls.python} has no mypy: see developer_environment in tests/setup.sh")
        cls.temporary = tempfile.TemporaryDirectory(prefix="pylaunch-types-")
        stubs = pathlib.Path(cls.temporary.name, "mpi4py")  # as an installation has them
        stubs.mkdir()
        shutil.copy(PACKAGE / "MPI.pyi", stubs)
        for module in ("__init__", "typing"):
            shutil.copy(PACKAGE / f"{module}.py", stubs / f"{module}.pyi")
        cls.environment = dict(os.environ, MYPYPATH=cls.temporary.name)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def run_in_scratch(self, command, **environment):
        return subprocess.run(command, env=dict(self.environment, **environment), timeout=200,
                              cwd=self.temporary.name, capture_output=True, text=True, check=False)

    def test_checker_refuses_the_wrong_lines_only(self):
        done = self.run_in_scratch([self.python, "-m", "mypy", "--strict", "--no-error-summary",
                                    str(PROGRAM)])
        refused = {int(line) for line in re.findall(r"typed_program\.py:(\d+): error", done.stdout)}
        lines = PROGRAM.read_text(encoding="utf-8").splitlines()
        wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# error")}
        self.assertGreater(len(wrong), 5)
        self.assertEqual(refused, wrong, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("error:"), len(wrong), done.stdout)

    def pylaunch(self, *arguments):
        return self.run_in_scratch(
            [os.environ["MPIEXEC"], "-n", "1", os.environ["PYLAUNCH"], *arguments],
            PYLAUNCH_MPI4PY="native", PYLAUNCH_PYTHON=self.python)

    def test_stubs_are_those_of_the_module(self):
        """Names, parameters, their defaults, what is a property, what can be subclassed."""
        version = self.pylaunch("-c", "from mpi4py import MPI; print(MPI.VERSION)").stdout
        if int(version) < 4:
            self.skipTest("the stubs are those of MPI 4, and this MPI library is older")
        done = self.pylaunch("-m", "mypy.stubtest", "--ignore-disjoint-bases", "--concise",
                             "mpi4py.MPI")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
