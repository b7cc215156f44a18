# SPDX-License-Identifier: BSD-3-Clause
"""Files that children, other ranks and C code make or rebuild while the program runs."""

import subprocess
import sysconfig
import unittest

import harness
import silence_case

KERNEL = "int f(void) { return %d; }\n"
EXTENSION = """\
#include <Python.h>
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "built", 0, -1};
PyMODINIT_FUNC PyInit_built(void) {
  PyObject *module = PyModule_Create(&def);
  PyModule_AddIntConstant(module, "value", %d);
  return module;
}
"""


class NewFiles(harness.Case):
    def test_module_that_rank_0_makes_is_loaded_by_its_path_on_all(self):
        self.program("""
from mpi4py import MPI
import importlib.util, os
world = MPI.COMM_WORLD
path = os.path.abspath("generated.py")
if world.rank == 0:
    with open(path, "w") as file:
        file.write("value = 42\\n")
world.Barrier()
spec = importlib.util.spec_from_file_location("generated", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
report(module.value)
world.Barrier()
if world.rank == 0:
    os.remove(path)
""")
        # With a .pyc of rank 0 the source may not be read.
        for nodes in (2, 1, 2):
            result = self.launch("program.py", nodes=nodes, env={"PYTHONDONTWRITEBYTECODE": "1"})
            self.assert_ended(result)
            self.assertEqual(result.reports, {0: 42, 1: 42})

    def test_module_that_another_rank_makes_is_loaded_by_its_path_without_mpi(self):
        self.program("""
import importlib.util, os, time
path = os.path.abspath("generated.py")
if os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")) == "0":
    with open(path + ".new", "w") as file:
        file.write("value = 42\\n")
    os.rename(path + ".new", path)
while not os.path.exists(path):
    time.sleep(0.01)
spec = importlib.util.spec_from_file_location("generated", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
report(module.value)
""")
        result = self.launch("program.py", env={"PYTHONDONTWRITEBYTECODE": "1"})
        self.assert_ended(result)
        self.assertEqual(result.reports, {0: 42, 1: 42})

    def test_modules_that_children_make_are_found_where_python3_finds_them(self):
        # Each rank has folders of its own, and finds there what python3 alone does.
        for rank in range(2):
            self.write(f"of{rank}/own/reloaded.py", "value = 'a module'\n")
            self.write(f"of{rank}/lib/site-packages/there.py", "")
        self.program("""
import importlib, os, subprocess, sys
rank = os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
own, library = os.path.abspath(f"of{rank}/own"), os.path.abspath(f"of{rank}/lib/site-packages")
sys.path[:0] = [own, library]
import reloaded, there
subprocess.run(["sh", "-c", f"echo 'value = 1' > {own}/by_child.py; echo 'value = 2' > {library}/installed.py;"
                f"mkdir {own}/reloaded; echo 'value = 3' > {own}/reloaded/__init__.py"], check=True)
importlib.reload(reloaded)
import by_child
importlib.invalidate_caches()
import installed
report([by_child.value, installed.value, reloaded.value])
subprocess.run(["rm", "-r", f"{own}/by_child.py", f"{library}/installed.py", f"{own}/reloaded"], check=True)
""")
        self.assert_like_python("program.py", env={"PYTHONDONTWRITEBYTECODE": "1"})

    def test_data_that_rank_0_makes_is_there_for_all(self):
        self.write("package/__init__.py")
        self.write("package/old.txt", "old")
        self.program("""
from mpi4py import MPI
import importlib.resources, os
world = MPI.COMM_WORLD
files = importlib.resources.files("package")
rows = [(files / "old.txt").read_text(), (files / "new.txt").exists()]
world.Barrier()
if world.rank == 0:
    with open("package/new.txt", "w") as file:
        file.write("new")
world.Barrier()
report(rows + [(files / "new.txt").exists(), (files / "new.txt").read_text()])
world.Barrier()
if world.rank == 0:
    os.remove("package/new.txt")
""")
        for nodes in (2, 1, 2):
            result = self.launch("program.py", nodes=nodes)
            self.assert_ended(result)
            self.assertEqual(result.reports, dict.fromkeys(range(2), ["old", False, True, "new"]))

    def test_files_that_children_and_c_code_make(self):
        self.write("package/__init__.py")
        self.write("package/old.txt", "old")
        self.write("package/code.txt", "def f():\n    1 / 0  # at once\n")
        self.program("""
import importlib.resources, inspect, linecache, os, package, pkgutil, sqlite3, subprocess, traceback
rank = os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
folder = os.path.dirname(os.path.abspath(package.__file__))
text, base, source = f"new{rank}.txt", f"base{rank}.db", f"{os.path.dirname(folder)}/made{rank}.py"
files = importlib.resources.files("package")
rows = [(files / "old.txt").read_text(), (files / text).exists()]
subprocess.run(["sh", "-c", f"echo fresh > {folder}/{text}; cp {folder}/code.txt {source}"], check=True)
sqlite3.connect(f"{folder}/{base}").execute("create table t(a)")
rows += [pkgutil.get_data("package", text).decode(), (files / text).read_text(), (files / text).exists(),
         (files / base).is_file(), package.__loader__.get_data(f"{folder}/{text}").decode(),
         {text, base} <= {path.name for path in files.iterdir()}]
names = {}
with open(source) as file:
    exec(compile(file.read(), source, "exec"), names)
try:
    names["f"]()
except ZeroDivisionError:
    rows.append("# at once" in traceback.format_exc())
report(rows + [inspect.getsource(names["f"]), linecache.getline(source, 1)])
for path in (f"{folder}/{text}", f"{folder}/{base}", source):
    os.remove(path)
""")
        self.assert_like_python("program.py", runs=3, nodes=2)

    def test_database_without_any_child(self):
        self.write("package/__init__.py")
        self.program("""
import importlib.resources, os, pathlib, sqlite3
name = f"base{os.environ.get('PMI_RANK', os.environ.get('OMPI_COMM_WORLD_RANK', '0'))}.db"
path = importlib.resources.files("package") / name
rows = [path.exists()]
sqlite3.connect(pathlib.Path("package", name)).execute("create table t(a)")
report(rows + [path.exists()])
os.remove("package/" + name)
""")
        self.assert_like_python("program.py", runs=3)

    def test_module_that_a_child_rewrites(self):
        for rank in range(2):
            self.write(f"of{rank}/settings.py", "value = 'old'\n")
        self.program("""
import os, subprocess, sys
folder = "of" + os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
sys.path.insert(0, os.path.abspath(folder))
if len(sys.argv) > 1:
    subprocess.run(["sh", "-c", f"echo \\"value = 'new, and longer'\\" > {folder}/settings.py"], check=True)
import settings
report(settings.value)
""")
        for arguments in ((), (), ("write",)):
            self.assert_like_python("program.py", *arguments, runs=1)
            for rank in range(2):
                self.write(f"of{rank}/settings.py", "value = 'old'\n")


class Requests(silence_case.SilenceCase):
    def test_absent_data_is_asked_for_only_where_other_ranks_can_have_made_it(self):
        self.write("package/__init__.py")
        text = ("%simport importlib.resources as r\nfiles = r.files('package')\n"
                "assert not (files / 'none').exists() and not (files / 'other').is_file()\n")
        for more, at_most in (("", 0), ("from mpi4py import MPI\n", 2)):
            self.write("program.py", text % more)
            for _ in range(2):
                calls = self.traced("program.py", ranks=2)
            self.assert_silent(calls, at_most)

    def test_memory_databases_write_nowhere(self):
        self.write("module.py")
        self.write("program.py", "import sqlite3\nsqlite3.connect(':memory:')\nimport module\n")
        for _ in range(2):
            calls = self.traced("program.py", ranks=2)
        self.assert_silent(calls)


class RebuiltLibraries(silence_case.SilenceCase):
    def build(self, source, target, *options):
        subprocess.run([harness.tool("gcc"), "-shared", "-fPIC", "-w", *options, "-o", str(self.folder / target),
                        "-x", "c", "-"], input=source, text=True, check=True)

    def check(self, source, target, load, *options):
        """Rank 0 builds TARGET, and all load it, in the run after those in which it was broadcast: the
        others have what was there at the start, as docs/limitations.md says."""
        command = ["gcc", "-shared", "-fPIC", "-w", *options, "-o", target, "source.c"]
        self.program(f"""
from mpi4py import MPI
import os, subprocess, sys
world = MPI.COMM_WORLD
if world.rank == 0 and len(sys.argv) > 1:
    subprocess.run({command!r}, check=True)
world.Barrier()
{load}
report(value)
""")
        self.write("source.c", source % 2)
        for nodes in (1, 2):
            self.build(source % 1, target, *options)
            for arguments, values in (((), [1, 1]), ((), [1, 1]), (("build",), [2, 1]), (("build",), [2, 2])):
                result = self.launch("program.py", *arguments, nodes=nodes)
                self.assert_ended(result)
                self.assertEqual(result.reports, dict(enumerate(values)), (nodes, arguments))

    def test_library_for_ctypes(self):
        self.check(KERNEL, "kernel.so", "import ctypes\nvalue = ctypes.CDLL(os.path.abspath('kernel.so')).f()")

    def test_extension_module(self):
        self.check(EXTENSION, "built" + sysconfig.get_config_var("EXT_SUFFIX"), "import built\nvalue = built.value",
                   "-I" + sysconfig.get_path("include"))

    def test_ranks_without_children_ask_for_nothing(self):
        for name in ("one", "two", "three"):
            self.build(KERNEL % 1, f"{name}.so")
        self.write("program.py", "import ctypes, os\nfor name in ('one', 'two', 'three'):\n"
                   "    ctypes.CDLL(os.path.abspath(name + '.so')).f()\n")
        for _ in range(2):
            calls = self.traced("program.py", ranks=2)
        self.assert_silent(calls)


if __name__ == "__main__":
    unittest.main()
