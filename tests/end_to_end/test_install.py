# SPDX-License-Identifier: BSD-3-Clause
"""`cmake --install` gives a pylaunch that runs from its prefix, also after the prefix has moved."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import harness

BUILD = os.environ.get("PYLAUNCH_TEST_BUILD", "")
ROOT = pathlib.Path(__file__).resolve().parents[2]


def mpi_compilers():
    """The options by which the build folder was told its MPI library."""
    cache = (pathlib.Path(BUILD) / "CMakeCache.txt").read_text()
    return [f"-D{name}={path}" for name, path in re.findall(r"(?m)^(MPI_CX*_COMPILER):\w+=(.+)$", cache)]


class Installed(harness.Case):
    @classmethod
    def setUpClass(cls):
        if not os.path.exists(os.path.join(BUILD, "cmake_install.cmake")):
            raise AssertionError("set PYLAUNCH_TEST_BUILD to the build folder")
        cls.temporary = tempfile.TemporaryDirectory(prefix="pylaunch-install-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.prefix = pathlib.Path(cls.temporary.name).resolve() / "prefix"
        subprocess.run([harness.tool("cmake"), "--install", BUILD, "--prefix", str(cls.prefix)], check=True,
                       stdout=subprocess.DEVNULL)

    def run_from(self, prefix):
        self.write("program.py", harness.PREAMBLE + "import json\nfrom pylaunch import MPI\n"
                   "report(MPI.COMM_WORLD.allreduce(1))\n")
        command = [harness.MPIEXEC, "-n", 2, prefix / "bin" / "pylaunch", "program.py"]
        result = self.execute(command)
        self.assert_ended(result)
        self.assertEqual(result.reports, {0: 2, 1: 2})

    def test_runs_from_the_prefix(self):
        self.run_from(self.prefix)

    def test_runs_after_the_prefix_has_moved(self):
        moved = self.prefix.parent / "moved"
        self.prefix.rename(moved)
        self.addCleanup(moved.rename, self.prefix)
        self.run_from(moved)

    def test_executable_knows_neither_python_nor_the_build_folder(self):
        executable = self.prefix / "bin" / "pylaunch"
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", harness.dynamic_section(executable))
        self.assertEqual([n for n in needed if "python" in n], [])
        allowed = re.compile(r"lib(mpi|mpi_cxx|mpich|mpicxx|mpichcxx|c|m|dl|pthread)\.so|ld-linux")
        self.assertEqual([n for n in needed if not allowed.match(n)], [])
        for path in (executable, *self.prefix.rglob("*.so")):
            # Only the MPI library may lie outside of ld.so's folders.
            for folder in re.findall(r"\(R(?:UN)?PATH\).*\[(.*)\]", harness.dynamic_section(path)):
                self.assertTrue(list(pathlib.Path(folder).glob("libmpi*.so*")), (path, folder))

    def test_support_library_needs_no_libpython_of_its_own(self):
        libraries = list((self.prefix / "lib" / "pylaunch").glob("libpylaunch-python*.so"))
        self.assertTrue(libraries)
        for library in libraries:
            self.assertNotRegex(harness.dynamic_section(library), r"NEEDED.*libpython")
            exported = subprocess.run([harness.tool("nm"), "-D", "--defined-only", str(library)], check=True,
                                      capture_output=True, text=True).stdout
            names = [line.split()[-1] for line in exported.splitlines()]
            self.assertIn("pylaunch_support", names)
            self.assertLess(len(names), 20, names[:40])


class Configured(unittest.TestCase):
    def test_release_needs_nothing_that_only_tests_need(self):
        with tempfile.TemporaryDirectory(prefix="pylaunch-configure-") as folder:
            done = subprocess.run(
                [harness.tool("cmake"), "--preset", "release", "-S", str(ROOT), "-B", folder,
                 f"-DPYLAUNCH_PYTHONS={harness.PYTHON}", "-DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON",
                 *mpi_compilers()], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertFalse((pathlib.Path(folder) / "tests").exists())


if __name__ == "__main__":
    unittest.main()
