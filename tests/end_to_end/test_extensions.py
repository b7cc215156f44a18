# SPDX-License-Identifier: BSD-3-Clause
"""Extension modules from memory: built here, laid out as a wheel has them."""

import pathlib
import subprocess
import sysconfig
import tempfile
import unittest

import harness

MULTI_PHASE = r"""
#include <Python.h>
#ifdef NEEDS_LIBRARY
int bundled_answer(void);
#else
static int bundled_answer(void) { return 1; }
#endif
static int state = 0;
static PyObject *answer(PyObject *self, PyObject *none) { return PyLong_FromLong(bundled_answer() + state); }
static PyObject *bump(PyObject *self, PyObject *none) { state += 10; Py_RETURN_NONE; }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, "The answer."},
                                {"bump", bump, METH_NOARGS, NULL}, {NULL}};
"""
SINGLE = MULTI_PHASE + r"""
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "single", "One phase.", -1, methods};
PyMODINIT_FUNC PyInit_single(void) { return PyModule_Create(&def); }
"""
MULTI = MULTI_PHASE + r"""
static int run(PyObject *module) {
  PyObject *file = PyObject_GetAttrString(module, "__file__");
  return PyModule_AddObject(module, "file_at_exec", file);
}
static PyModuleDef_Slot slots[] = {{Py_mod_exec, run}, {0, NULL}};
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "multi", "Two phases.", 0, methods, slots};
PyMODINIT_FUNC PyInit_multi(void) { return PyModuleDef_Init(&def); }
"""
FAILING = r"""
#include <Python.h>
PyMODINIT_FUNC PyInit_failing(void) { PyErr_SetString(PyExc_ValueError, "not today"); return NULL; }
"""

# Finds and loads its extension modules as VTK 9.7 does: by a pattern, links followed, with a loader of its own.
VTKMODULES = """
import importlib.machinery, importlib.util, pathlib, sys

def find_lib_path(paths, vtk_module_name):
    for suffix in (".pyd", ".so"):
        for folder in map(pathlib.Path, paths):
            for found in folder.glob(vtk_module_name + "[.-]*"):
                true = found.resolve()
                if true.is_file() and suffix in true.suffixes:
                    return str(true)

class Loader(importlib.machinery.ExtensionFileLoader):
    pass

class Finder:
    @staticmethod
    def find_spec(name, path, target=None):
        parent, _, child = name.rpartition(".")
        file = find_lib_path(path, child) if parent == __name__ and child.startswith("vtk") else None
        return file and importlib.util.spec_from_file_location(name, file, loader=Loader(name, file))

sys.meta_path.insert(0, Finder)
"""

PROBE = harness.PREAMBLE + """
def facts(module):
    spec = module.__spec__
    return [module.__name__, module.__file__, module.__package__, spec.origin, spec.has_location,
            module.__loader__.path, module.__loader__.name, module.__doc__]
"""


def compile_library(folder):
    """An installed tree: modules at the top and in a package, a library in wheel.libs."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    compiler = harness.tool("gcc")
    flags = ["-shared", "-fPIC", "-w", "-I" + sysconfig.get_path("include")]

    def build(source, target, *more):
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, *flags, "-x", "c", "-", "-o", str(path), *more], input=source,
                       text=True, check=True)

    build("int deep_answer(void) { return 40; }", "wheel.libs/libdeep-1a2b.so.1", "-Wl,-soname,libdeep-1a2b.so.1")
    build("int deep_answer(void); int bundled_answer(void) { return deep_answer() + 2; }",
          "wheel.libs/libbundled-3c4d.so.1", "-Wl,-soname,libbundled-3c4d.so.1", "-Wl,-rpath,$ORIGIN",
          f"-L{folder}/wheel.libs", "-l:libdeep-1a2b.so.1")
    build(SINGLE, "single" + suffix)
    build(MULTI, "wheel/multi" + suffix, "-DNEEDS_LIBRARY", "-Wl,-rpath,$ORIGIN/../wheel.libs",
          f"-L{folder}/wheel.libs", "-l:libbundled-3c4d.so.1")
    build(SINGLE.replace("PyInit_single", "PyInit_plain").replace('"single"', '"plain"'), "wheel/plain.abi3.so")
    build(SINGLE.replace("PyInit_single", "PyInit_vtkSingle").replace('"single"', '"vtkSingle"'),
          "vtkmodules/vtkSingle" + suffix)
    for name in ("vtkSingle.pyi", "vtkSingleMore.txt"):
        (folder / "vtkmodules" / name).write_text("")
    (folder / "vtkmodules/__init__.py").write_text(VTKMODULES)
    build(FAILING, "failing" + suffix)
    build("int nothing;", "no_init" + suffix)
    (folder / "wheel/__init__.py").write_text("from . import multi\n")
    (folder / ("garbage" + suffix)).write_bytes(b"\x7fELF this is no library")


class Extensions(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="pylaunch-ext-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.tree = pathlib.Path(cls.temporary.name).resolve() / "site-packages"
        cls.tree.mkdir()
        compile_library(cls.tree)

    def compare(self, text, **options):
        self.write("program.py", PROBE + text)
        return self.assert_like_python("program.py", env={"PYTHONPATH": self.tree}, **options)

    def test_single_phase_module_has_its_true_path(self):
        found = self.compare("import single\nreport(facts(single) + [single.answer(), repr(single)])", ranks=3)
        self.assertTrue(found[1].startswith(str(self.tree)), found)

    def test_multi_phase_module_with_libraries_beside_it(self):
        found = self.compare("import wheel.multi as m\nreport(facts(m) + [m.answer(), repr(m)])", ranks=3)
        self.assertEqual(found[-2], 42)

    def test_true_path_is_known_while_the_module_executes(self):
        found = self.compare("import wheel.multi as m\nreport(m.file_at_exec)")
        self.assertTrue(found.startswith(str(self.tree)), found)

    def test_every_file_comes_from_memory_in_the_second_run(self):
        self.write("program.py", PROBE + """
import single, wheel.multi, wheel.plain
with open("/proc/self/maps") as maps:
    report(sorted({line.split()[-1] for line in maps if "site-packages" in line}))
""")
        env = {"PYTHONPATH": self.tree}
        for _ in range(2):
            result = self.launch("program.py", env=env, ranks=2)
            self.assert_ended(result)
        self.assertEqual(result.reports[1], [])

    def test_loaders_of_others_load_from_memory_in_the_second_run(self):
        self.write("program.py", PROBE + """
import importlib.util, os
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
class Loader(ExtensionFileLoader):
    pass
def load(name, path, loader):
    spec = importlib.util.spec_from_file_location(name, path, loader=loader(name, path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
tree = os.environ["PYTHONPATH"]
single = load("single", tree + "/single" + EXTENSION_SUFFIXES[0], Loader)
multi = load("multi", tree + "/wheel/multi" + EXTENSION_SUFFIXES[0], ExtensionFileLoader)
with open("/proc/self/maps") as maps:
    mapped = sorted({line.split()[-1] for line in maps if "site-packages" in line})
report([facts(single) + [single.answer()], facts(multi) + [multi.answer()], mapped])
""")
        env = {"PYTHONPATH": self.tree}
        expected = self.python("program.py", env=env).reports[0]
        for _ in range(2):
            result = self.launch("program.py", env=env, ranks=2)
            self.assert_ended(result)
            self.assertEqual([facts[:2] for facts in result.reports.values()], [expected[:2]] * 2)
        self.assertEqual(result.reports[1][2], [])

    def test_module_that_the_loader_of_others_cannot_load_raises_the_same_error(self):
        self.compare("""
import importlib.util, os
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
class Loader(ExtensionFileLoader):
    pass
rows = []
for name in ("failing", "no_init", "garbage", "not_there"):
    path = os.environ["PYTHONPATH"] + "/" + name + EXTENSION_SUFFIXES[0]
    spec = importlib.util.spec_from_file_location(name, path, loader=Loader(name, path))
    try:
        importlib.util.module_from_spec(spec)
    except Exception as error:
        rows.append([type(error).__name__, str(error), getattr(error, "name", None), getattr(error, "path", None)])
report(rows)
""")

    def test_modules_of_vtk_are_found_in_memory_in_the_second_run(self):
        link = self.home / "link"
        link.symlink_to(self.tree)
        text = PROBE + """
import pathlib
resolved = []
resolve = pathlib.Path.resolve
pathlib.Path.resolve = lambda self, strict=False: resolved.append(str(self)) or resolve(self, strict)
import vtkmodules.vtkSingle as m
try:
    import vtkmodules.vtkNone
except ImportError as error:
    missing = str(error)
with open("/proc/self/maps") as maps:
    mapped = sorted({line.split()[-1] for line in maps if "site-packages" in line})
report([facts(m) + [m.answer(), missing], len(resolved), mapped])
"""
        self.write("program.py", text)
        for tree in (self.tree, link):
            env = {"PYTHONPATH": tree}
            expected = self.python("program.py", env=env).reports[0]
            for _ in range(2):
                result = self.launch("program.py", env=env, ranks=2)
                self.assert_ended(result)
                self.assertEqual([facts[0] for facts in result.reports.values()], [expected[0]] * 2)
            self.assertEqual(result.reports[1][1:], [0, []])

    def test_stable_abi_suffix(self):
        self.compare("import wheel.plain as p\nreport(facts(p) + [p.answer()])")

    def test_module_imported_again_keeps_its_state_as_in_python(self):
        self.compare("""
import sys
import single, wheel.multi
single.bump(); wheel.multi.bump()
del sys.modules["single"], sys.modules["wheel.multi"]
import single, wheel.multi
import importlib
importlib.reload(single)
report([single.answer(), sys.modules["wheel.multi"].answer(), single.__file__])
""")

    def test_module_that_fails_raises_the_same_error(self):
        self.compare("""
rows = []
for name in ("failing", "no_init", "garbage"):
    try:
        __import__(name)
    except Exception as error:
        rows.append([type(error).__name__, str(error), getattr(error, "name", None), getattr(error, "path", None)])
report(rows)
""")

    def test_two_ranks_import_different_modules(self):
        self.write("program.py", PROBE + """
import os
if os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")) == "0":
    import single as module
else:
    import wheel.multi as module
report(module.answer())
""")
        for _ in range(2):
            result = self.launch("program.py", env={"PYTHONPATH": self.tree}, ranks=2)
            self.assert_ended(result)
            self.assertEqual(result.reports, {0: 1, 1: 42})

    def test_ctypes_finds_the_library_by_its_true_path(self):
        self.compare("""
import ctypes, wheel
import os
library = ctypes.CDLL(os.path.dirname(wheel.__file__) + "/../wheel.libs/libbundled-3c4d.so.1")
report(library.bundled_answer())
""")

    def test_rebuilt_module_is_seen_by_the_next_run(self):
        text = "import single\nreport([single.answer(), single.__doc__])"
        self.compare(text)
        target = next(self.tree.glob("single.*"))
        original = target.read_bytes()
        source = SINGLE.replace("return 1;", "return 1000;").replace("One phase.", "Rebuilt.")
        command = [harness.tool("gcc"), "-shared", "-fPIC", "-w", "-I" + sysconfig.get_path("include"),
                   "-x", "c", "-", "-o", str(target) + ".new"]
        subprocess.run(command, input=source, text=True, check=True)
        pathlib.Path(str(target) + ".new").rename(target)
        self.addCleanup(target.write_bytes, original)
        self.assertEqual(self.compare(text), [1000, "Rebuilt."])

    def test_standard_extension_modules(self):
        self.compare("""
import _ctypes, _decimal, _queue, _ssl, _sqlite3, readline, ssl, sqlite3, decimal
report([facts(m)[:5] for m in (_ctypes, _decimal, _queue, _ssl, _sqlite3)] +
       [ssl.OPENSSL_VERSION, sqlite3.connect(":memory:").execute("select 1").fetchall()])
""")

    def test_numpy(self):
        self.compare("""
import numpy, numpy.linalg
a = numpy.arange(16.0).reshape(4, 4) + numpy.eye(4)
report([numpy.__file__, numpy.core._multiarray_umath.__file__, numpy.linalg.inv(a).round(9).tolist()])
""", ranks=2)


if __name__ == "__main__":
    unittest.main()
