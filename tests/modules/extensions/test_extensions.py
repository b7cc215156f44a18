# SPDX-License-Identifier: BSD-3-Clause
"""Compiles extensions against mpi4py's headers, and runs them on the native MPI module."""
import os
import pathlib
import shutil
import subprocess
import sysconfig
import tempfile
import unittest

SOURCES = pathlib.Path(__file__).resolve().parent
PYTHON = os.environ.get("PYLAUNCH_TEST_EXTENSIONS_PYTHON", "")


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stderr[-3000:]}")
    return done.stdout.strip()


def build(folder):
    """The two extension modules, in `folder`."""
    compiler = shutil.which("mpicc.mpich") or shutil.which("mpicc")
    include = output_of(PYTHON, "-c", "import mpi4py; print(mpi4py.get_include())")
    headers = output_of(PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('include'))")
    generated = folder / "cython_client.c"
    output_of(PYTHON, "-m", "cython", "-3", str(SOURCES / "cython_client.pyx"), "-o", str(generated))
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    for source in (generated, SOURCES / "c_client.c"):
        output_of(compiler, "-shared", "-fPIC", "-O0", f"-I{include}", f"-I{headers}", str(source),
                  "-o", str(folder / f"{source.stem}{suffix}"))


class Extensions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not PYTHON:
            raise unittest.SkipTest(
                "PYLAUNCH_TEST_EXTENSIONS_PYTHON names no interpreter with mpi4py, Cython and a "
                "parallel h5py; tests/setup.sh makes one")
        cls.temporary = tempfile.TemporaryDirectory(prefix="pylaunch-extensions-")
        cls.folder = pathlib.Path(cls.temporary.name)
        build(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def run_program(self, ranks, mpi4py):
        variables = dict(os.environ, PYTHONPATH=str(self.folder), TEST_FOLDER=str(self.folder),
                         PYLAUNCH_PYTHON=PYTHON, PYLAUNCH_MPI4PY=mpi4py, TEST_MPI4PY=mpi4py)
        command = [os.environ["MPIEXEC"], "-n", str(ranks), os.environ["PYLAUNCH"],
                   str(SOURCES / "program.py")]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=100,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-4000:])
        self.assertEqual(done.stderr.count("OK"), ranks, done.stderr[-4000:])

    def test_native_module_serves_them_on_one_rank(self):
        self.run_program(1, "native")

    def test_native_module_serves_them_on_four_ranks(self):
        self.run_program(4, "native")

    def test_installed_module_serves_them_alike(self):
        self.run_program(2, "installed")


if __name__ == "__main__":
    unittest.main()
