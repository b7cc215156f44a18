# SPDX-License-Identifier: BSD-3-Clause
"""Ways in which users have their own code on the path: editable installs, namespaces, aliases."""

import os
import pathlib
import subprocess
import sys
import unittest

import harness
import silence_case

DEVELOPER = os.environ.get("PYLAUNCH_TEST_DEVELOPER_PYTHON", "")

PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "thing"
version = "1.5"
[project.entry-points."plug.ins"]
one = "thing.plugin:f"
[tool.setuptools.package-data]
thing = ["*.txt"]
{more}
"""

PROGRAM = """
import importlib.metadata as m, importlib.resources as r, inspect, pkgutil, sys, thing.plugin
points = m.entry_points()
points = points.select(group="plug.ins") if hasattr(points, "select") else points["plug.ins"]
report([thing.__file__, list(thing.__path__), thing.plugin.__file__, thing.__spec__.origin,
        thing.plugin.f(), [p.load()() for p in points], m.version("thing"), inspect.getsource(thing.plugin),
        pkgutil.get_data("thing", "data.txt").decode(), (r.files("thing") / "data.txt").read_text(),
        [list(i)[1:] for i in pkgutil.iter_modules(thing.__path__)], sys.path[1:], sys.prefix])
"""


def developer_python():
    if not os.path.exists(DEVELOPER):
        raise AssertionError("this test needs PYLAUNCH_TEST_DEVELOPER_PYTHON: see developer_environment "
                             "in tests/setup.sh; it is " + repr(DEVELOPER))
    return DEVELOPER


class InstallCase(silence_case.SilenceCase):
    def setUp(self):
        super().setUp()
        # meson and ninja are programs.
        self.search_path = f"{pathlib.Path(developer_python()).parent}:{os.environ['PATH']}"
        # What is installed goes to an environment of the test's own.
        self.venv = self.home / "venv"
        self.venv_python = self.venv / "bin" / "python"
        self.watched.append(str(self.home))
        self.run_quietly(developer_python(), "-m", "venv", "--without-pip", self.venv)
        self.site = next(self.venv.glob("lib/python3*/site-packages"))
        shared = self.run_quietly(DEVELOPER, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
        self.write("shared.pth", shared, self.site)

    def run_quietly(self, *command):
        env = self.environment({"PIP_CONFIG_FILE": os.devnull, "PATH": self.search_path})
        done = subprocess.run([str(word) for word in command], env=env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def install(self, project, *options):
        self.run_quietly(developer_python(), "-m", "pip", "--python", self.venv_python, "install", "--quiet",
                         "--disable-pip-version-check", "--no-build-isolation", "--no-deps", "--no-index",
                         *options, "-e", project)

    def write_project(self, packages, more=""):
        project = self.home / "project"
        self.write("pyproject.toml", PYPROJECT.format(more=more), project)
        self.write("thing/__init__.py", "", project / packages)
        self.write("thing/plugin.py", "def f():\n    return 'plugged'\n", project / packages)
        self.write("thing/data.txt", "text of thing\n", project / packages)
        return project


class EditableInstalls(InstallCase):
    def test_setuptools_path_file(self):
        self.install(self.write_project("src"))
        self.program(PROGRAM)
        self.check_data("program.py", python=self.venv_python)

    def test_setuptools_finder(self):
        self.install(self.write_project("", '[tool.setuptools]\npackages = ["thing"]'))
        self.assertTrue(list(self.site.glob("__editable___*_finder.py")))
        self.program(PROGRAM)
        # The finder itself asks whether the file is there.
        self.check_data("program.py", python=self.venv_python, at_most=1)

    def test_setuptools_strict_links(self):
        self.install(self.write_project("", '[tool.setuptools]\npackages = ["thing"]'),
                     "--config-settings", "editable_mode=strict")
        self.program(PROGRAM)
        self.check_data("program.py", python=self.venv_python)

    def test_meson_python(self):
        project = self.home / "project"
        self.write("pyproject.toml", '[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n'
                   '[project]\nname = "thing"\nversion = "1"\n', project)
        self.write("meson.build", "project('thing', 'c', version: '1')\n"
                   "python = import('python').find_installation(pure: false)\n"
                   "python.install_sources('thing/__init__.py', 'thing/data.txt', subdir: 'thing', pure: false)\n"
                   "python.extension_module('fast', 'thing/fast.c', subdir: 'thing', install: true)\n", project)
        self.write("thing/__init__.py", "from thing import fast\n", project)
        self.write("thing/data.txt", "text of thing\n", project)
        self.write("thing/fast.c", "#include <Python.h>\n"
                   "static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, \"fast\", \"doc\", -1, 0, 0, 0, 0, 0};\n"
                   "PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&module); }\n", project)
        self.install(project)
        self.program("""
import importlib.resources as r, thing
report([thing.__file__, thing.fast.__file__, thing.fast.__doc__, thing.__spec__.origin,
        (r.files("thing") / "data.txt").read_text(), type(thing.__loader__).__name__])
""")
        self.assert_like_python("program.py", python=self.venv_python, ranks=4, nodes=2,
                                env={"PYLAUNCH_PYTHON": self.venv_python, "PATH": self.search_path})


class Aliases(silence_case.SilenceCase):
    def test_six_moves(self):
        self.program("""
import six.moves.urllib.parse, sys
from six.moves import configparser, range, urllib, html_parser
report([six.moves.urllib.parse.quote("a b"), urllib.parse.__name__, configparser.__file__, range is type(range(1)),
        html_parser.__name__, sorted(n for n in sys.modules if n.startswith("six"))])
""")
        self.check_data("program.py", python=developer_python())

    def test_distutils_of_setuptools(self):
        self.program("""
import sys, warnings
warnings.simplefilter("ignore")
import setuptools, distutils.core, distutils.util
report([distutils.__file__, distutils.core.__file__, setuptools.__file__,
        [type(f).__name__ for f in sys.meta_path if "istutils" in type(f).__name__]])
""")
        in_the_library = ["stdlib"] if sys.version_info < (3, 12) else []
        for choice in ["local"] + in_the_library:
            self.assert_like_python("program.py", python=developer_python(), ranks=4, nodes=2, env={
                "SETUPTOOLS_USE_DISTUTILS": choice, "PYLAUNCH_PYTHON": DEVELOPER})

    def test_namespaces_over_several_entries(self):
        one, two = self.home / "one", self.home / "two"
        self.watched.append(str(self.home))
        self.write("space/a.py", "import space.b\nvalue = 'a'\n", one)
        self.write("space/b.py", "value = 'b'\n", two)
        for folder, module in ((one, "c"), (two, "d")):
            self.write("old/__init__.py", "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n", folder)
            self.write(f"old/{module}.py", f"value = '{module}'\n", folder)
        self.program("""
import space.a, old.c, old.d, sys
report([space.b.value, list(space.__path__), list(old.__path__), old.d.__file__, space.__spec__.origin,
        space.__spec__.submodule_search_locations._name, hasattr(space, "__file__")])
""")
        self.assert_like_python("program.py", ranks=4, env={"PYTHONPATH": f"{one}:{two}"})


if __name__ == "__main__":
    unittest.main()
