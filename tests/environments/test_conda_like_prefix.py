# SPDX-License-Identifier: BSD-3-Clause
"""A prefix of its own, as conda makes it: interpreter, libpython and libraries, copied by the test."""

import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness
from environments import WheelCase, environment_folder

PROGRAM = """
import sys, sysconfig, numpy, scipy.linalg, json, sqlite3, ctypes
found = [sys.prefix, sys.base_prefix, sys.executable, sys.path, numpy.__file__, json.__file__,
         sysconfig.get_path("stdlib"), round(float(scipy.linalg.det(numpy.diag([2.0, 3.0]))), 9),
         sys.version]
"""
LEFT_OUT = ("site-packages", "dist-packages", "test", "tests", "__pycache__", "idlelib", "tkinter",
            "lib2to3", "ensurepip")


def interpreters():
    """Those of this minor version, with a shared library, that are not the system's."""
    wanted = "%d.%d" % sys.version_info[:2]
    # The tests' HOME is another one.
    home = pathlib.Path(pwd.getpwuid(os.getuid()).pw_dir)
    root = pathlib.Path(os.environ.get("PYENV_ROOT", home / ".pyenv"))
    for folder in sorted(root.glob(f"versions/{wanted}.*")):
        if (folder / f"lib/libpython{wanted}.so.1.0").exists() and os.access(folder, os.R_OK):
            yield folder


def copy_prefix(source, target):
    """Interpreter, libpython and standard library of `source`, and the wheels, below `target`."""
    version = "python%d.%d" % sys.version_info[:2]
    (target / "bin").mkdir(parents=True)
    shutil.copy2(source / f"bin/{version}", target / "bin" / version)
    for name in ("python3", "python"):
        (target / "bin" / name).symlink_to(version)
    shutil.copytree(source / "lib" / version, target / "lib" / version, symlinks=True,
                    ignore=shutil.ignore_patterns(*LEFT_OUT))
    library = f"lib{version}.so.1.0"
    for folder in (source / "lib", pathlib.Path("/usr/lib/x86_64-linux-gnu")):
        if (folder / library).exists():
            shutil.copy2(folder / library, target / "lib" / library)
            break
    (target / "lib" / f"lib{version}.so").symlink_to(library)
    site = packages_folder(target)
    site.mkdir(parents=True, exist_ok=True)
    wheels = environment_folder("virtualenv") / "lib" / version / "site-packages"
    for pattern in ("numpy", "numpy.libs", "scipy", "scipy.libs"):
        shutil.copytree(wheels / pattern, site / pattern, copy_function=os.link)


def packages_folder(prefix):
    """Debian's interpreter has another name for it than all others."""
    answer = subprocess.run([prefix / "bin/python3", "-I", "-c",
                             "import site; print(site.getsitepackages()[-1])"],
                            check=True, capture_output=True, text=True,
                            env={"LD_LIBRARY_PATH": str(prefix / "lib")})
    return pathlib.Path(answer.stdout.strip())


class CondaLikePrefix(WheelCase):
    @classmethod
    def setUpClass(cls):
        # On the file system of the wheels, which are linked and not copied.
        cls.temporary = tempfile.TemporaryDirectory(prefix="prefix-", dir=environment_folder("."))
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.prefix = pathlib.Path(cls.temporary.name).resolve() / "env"
        source = next(interpreters(), None)
        cls.source = source or pathlib.Path("/usr")
        print("prefix copied from", source or "/usr: no other interpreter of this version is here",
              file=sys.stderr)
        copy_prefix(cls.source, cls.prefix)

    def check(self, **options):
        library = {"LD_LIBRARY_PATH": self.prefix / "lib"}
        env = {"PYTHONNOUSERSITE": "1", **library, **options.pop("env", {})}
        found = self.compare(PROGRAM, "venv", python=self.prefix / "bin/python3",
                             env=env, **options)["found"]
        for path in (found[0], found[1], found[4], found[5], found[6]):
            self.assertTrue(path.startswith(str(self.prefix)), path)
        return env

    def test_active_prefix(self):
        self.check(env={"CONDA_PREFIX": self.prefix, "PYLAUNCH_PYTHON": None})

    def test_prefix_by_option_on_two_nodes(self):
        self.check(env={"PYLAUNCH_PYTHON": None}, nodes=(2, 2),
                   options=["--python", str(self.prefix / "bin/python3")])

    def test_its_files_are_mapped_by_no_other_rank(self):
        prefix = str(self.prefix)
        self.write("program.py", harness.PREAMBLE + f"""
import json, sqlite3, numpy
with open("/proc/self/maps") as maps:
    report(sorted({{line.split(maxsplit=5)[-1].strip() for line in maps if {prefix!r} in line}}))
""")
        env = {"CONDA_PREFIX": self.prefix, "PYLAUNCH_PYTHON": None, "LD_LIBRARY_PATH": self.prefix / "lib"}
        for _ in range(2):
            result = self.launch("program.py", ranks=4, env=env)
            self.assert_ended(result)
        for rank in range(1, 4):
            self.assertEqual(result.reports[rank], [], f"rank {rank}")


if __name__ == "__main__":
    unittest.main()
