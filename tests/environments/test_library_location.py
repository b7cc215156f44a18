# SPDX-License-Identifier: BSD-3-Clause
"""Shared objects that look for themselves, and those that ctypes loads: built here, no wheels needed."""

import pathlib
import subprocess
import sysconfig
import tempfile
import unittest

import harness

SEEKER = r"""
#define _GNU_SOURCE
#include <Python.h>
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
static int count_name(struct dl_phdr_info *info, size_t size, void *name) {
  return info->dlpi_name != NULL && strcmp(info->dlpi_name, name) == 0;
}
static PyObject *seek(PyObject *self, PyObject *none) {
  Dl_info info;
  char path[PATH_MAX], text[64] = "";
  if (dladdr((void *)seek, &info) == 0) return PyErr_Format(PyExc_OSError, "dladdr");
  snprintf(path, sizeof path, "%s", info.dli_fname);
  strcpy(strrchr(path, '/'), "/data.txt");
  FILE *file = fopen(path, "r");
  if (file == NULL || fgets(text, sizeof text, file) == NULL)
    return PyErr_Format(PyExc_OSError, "no data file %s", path);
  fclose(file);
  strcpy(strrchr(path, '/'), "/libsibling.so");
  void *sibling = dlopen(path, RTLD_NOW);
  if (sibling == NULL) return PyErr_Format(PyExc_OSError, "%s", dlerror());
  int (*answer)(void) = (int (*)(void))dlsym(sibling, "sibling_answer");
  void *again = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  struct link_map *map = NULL;
  if (again != NULL) dlinfo(again, RTLD_DI_LINKMAP, &map);
  return Py_BuildValue("ssiisi", info.dli_fname, text, answer(), again != NULL,
                       map == NULL ? "" : map->l_name,
                       dl_iterate_phdr(count_name, (void *)info.dli_fname));
}
static PyMethodDef methods[] = {{"seek", seek, METH_NOARGS, NULL}, {NULL}};
static int run(PyObject *module) {
  PyObject *found = seek(NULL, NULL);
  return found == NULL ? -1 : PyModule_AddObject(module, "found_at_exec", found);
}
static PyModuleDef_Slot slots[] = {{Py_mod_exec, run}, {0, NULL}};
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "seeker", NULL, 0, methods, slots};
PyMODINIT_FUNC PyInit_seeker(void) { return PyModuleDef_Init(&def); }
"""
MODULE = r"""
#include <Python.h>
int deep_answer(void);
int upper_answer(void);
static PyObject *answer(PyObject *self, PyObject *none) {
  return PyLong_FromLong(upper_answer() + deep_answer());
}
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL}};
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "needs", NULL, -1, methods};
PyMODINIT_FUNC PyInit_needs(void) { return PyModule_Create(&def); }
"""

PROBE = harness.PREAMBLE + """\
def mapped(tree):
    with open("/proc/self/maps") as maps:
        return sorted({line.split(maxsplit=5)[-1].strip() for line in maps if tree in line})
"""


def build(source, target, *more):
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [harness.tool("gcc"), "-shared", "-fPIC", "-w", "-I" + sysconfig.get_path("include"),
               "-x", "c", "-", "-o", str(target), *more]
    subprocess.run(command, input=source, text=True, check=True)


class Location(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="pylaunch-location-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.tree = tree = pathlib.Path(cls.temporary.name).resolve() / "site-packages"
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        build(SEEKER, tree / ("pkg/seeker" + suffix))
        build("int sibling_answer(void) { return 42; }", tree / "pkg/libsibling.so")
        (tree / "pkg/__init__.py").write_text("")
        (tree / "pkg/data.txt").write_text("beside it")
        # libdeep is found by libupper only thanks to the DT_RPATH of what needs libupper.
        libs = tree / "pkg.libs"
        build("int deep_answer(void) { return 2; }", libs / "libdeep.so", "-Wl,-soname,libdeep.so")
        build("int deep_answer(void); int upper_answer(void) { return deep_answer() * 20; }",
              libs / "libupper.so", "-Wl,-soname,libupper.so", f"-L{libs}", "-l:libdeep.so")
        # libhalf names nobody, and gets `provided` from what needs it and libprovider, as ld.so loads
        # all three at once.
        build("int provided = 30;", libs / "libprovider.so", "-Wl,-soname,libprovider.so")
        build("extern int provided; int *where = &provided; int upper_answer(void) { return *where; }",
              libs / "libhalf.so", "-Wl,-soname,libhalf.so")
        build(MODULE.replace('"needs"', '"together"').replace("PyInit_needs", "PyInit_together"),
              tree / ("pkg/together" + suffix), "-Wl,-rpath,$ORIGIN/../pkg.libs", f"-L{libs}", "-Wl,--no-as-needed",
              "-l:libhalf.so", "-l:libprovider.so", "-l:libdeep.so")
        build(MODULE, tree / ("pkg/needs" + suffix), "-Wl,--disable-new-dtags",
              "-Wl,-rpath,$ORIGIN/../pkg.libs", f"-L{libs}", "-l:libupper.so", "-l:libdeep.so")

    def compare(self, text, **options):
        self.write("program.py", PROBE + text + f"\nreport([found, mapped({str(self.tree)!r})])\n")
        env = {"PYTHONPATH": self.tree}
        oracle = self.python("program.py", env=env)
        self.assertIn(0, oracle.reports, repr(oracle))
        for run in (1, 2):
            result = self.launch("program.py", ranks=4, env=env, **options)
            self.assert_ended(result)
            for rank in range(4):
                self.assertEqual(result.reports[rank][0], oracle.reports[0][0], f"rank {rank}, run {run}")
        return oracle.reports[0], result.reports

    def test_library_finds_data_and_siblings_by_dladdr(self):
        for nodes in (1, 2):
            oracle, ranks = self.compare("import pkg.seeker as s\nfound = [s.found_at_exec, s.seek()]",
                                         nodes=nodes)
            self.assertTrue(oracle[0][0][0].startswith(str(self.tree)), oracle)
            # What it opens by itself comes from the file; it does not.
            for rank in ranks:
                self.assertEqual(ranks[rank][1], [str(self.tree / "pkg/libsibling.so")])

    def test_rpath_of_the_library_above_counts(self):
        for nodes in (1, 2):
            oracle, ranks = self.compare("import pkg.needs\nfound = pkg.needs.answer()", nodes=nodes)
            self.assertEqual(oracle[0], 42)
            for rank in ranks:
                self.assertEqual(ranks[rank][1], [])

    def test_library_that_cannot_be_loaded_alone_is_loaded_with_what_needs_it(self):
        for nodes in (1, 2):
            oracle, ranks = self.compare("import pkg.together\nfound = pkg.together.answer()", nodes=nodes)
            self.assertEqual(oracle[0], 32)
            for rank in ranks:
                self.assertEqual(ranks[rank][1], [])

    def test_ctypes_loads_from_memory_once_the_manifest_has_it(self):
        oracle, ranks = self.compare("""
import ctypes, os, pkg
folder = os.path.dirname(pkg.__file__)
one = ctypes.CDLL(folder + "/libsibling.so")
other = ctypes.CDLL(folder + "/../pkg/libsibling.so", mode=ctypes.RTLD_GLOBAL)
try:
    bytes_path = ctypes.CDLL(os.fsencode(folder + "/libsibling.so"))
except TypeError:  # as in 3.13.5
    bytes_path = one
found = [one.sibling_answer(), other.sibling_answer(), one._handle == other._handle == bytes_path._handle,
         ctypes.CDLL(None).sibling_answer()]
try:
    ctypes.CDLL(folder + "/libnowhere.so")
except OSError as error:
    found.append(str(error))
""")
        self.assertEqual(oracle[0][:4], [42, 42, True, 42])
        for rank in ranks:
            self.assertEqual(ranks[rank][1], [])

    def test_ctypes_and_a_module_share_one_copy(self):
        _, ranks = self.compare("""
import ctypes, os, pkg.needs
library = ctypes.CDLL(os.path.dirname(pkg.__file__) + "/../pkg.libs/libdeep.so")
with open("/proc/self/maps") as maps:
    copies = {line.split()[4] for line in maps if "libdeep" in line}
found = [library.deep_answer(), len(copies)]
""")
        for rank in ranks:
            self.assertEqual(ranks[rank][1], [])

    def test_a_path_through_a_link_leads_to_the_same_copy(self):
        link = self.tree.parent / "link"
        if not link.exists():
            link.symlink_to(self.tree)
        _, ranks = self.compare(f"""
import ctypes, os, pkg.needs
libraries = [ctypes.CDLL(path + "/pkg.libs/libdeep.so", mode=os.RTLD_NOLOAD | os.RTLD_NOW)
             for path in ({str(self.tree)!r}, {str(link)!r}, {str(self.tree)!r})]
module = ctypes.CDLL({str(link)!r} + pkg.needs.__file__[len({str(self.tree)!r}):],
                     os.RTLD_NOLOAD | os.RTLD_NOW)
found = [library.deep_answer() for library in libraries]
found += [len({{library._handle for library in libraries}}), module._handle != 0]
""", nodes=2)
        for rank in ranks:
            self.assertEqual(ranks[rank][1], [])

    def test_libpython_is_there_once_by_its_true_path(self):
        self.write("program.py", PROBE + """
import ctypes, sysconfig
path = "/".join(sysconfig.get_config_vars("LIBDIR", "INSTSONAME"))
found = [ctypes.cast(library.Py_GetVersion, ctypes.c_void_p).value
        for library in (ctypes.pythonapi, ctypes.PyDLL(path))]
report(found[0] == found[1])
""")
        result = self.launch("program.py", ranks=4, nodes=2)
        self.assert_ended(result)
        self.assertEqual(result.reports, {rank: True for rank in range(4)})

    def test_alone(self):
        self.write("program.py", PROBE + "import pkg.seeker, pkg.needs\n"
                   "report([pkg.seeker.found_at_exec, pkg.needs.answer()])")
        self.assert_like_python("program.py", ranks=1, env={"PYTHONPATH": self.tree})
        # Its manifest serves more ranks.
        self.assert_like_python("program.py", ranks=2, env={"PYTHONPATH": self.tree})


if __name__ == "__main__":
    unittest.main()
