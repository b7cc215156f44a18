# SPDX-License-Identifier: BSD-3-Clause
"""Imports behave as python3's, with python3 as the oracle: pure Python modules."""

import os
import py_compile
import unittest

from imports_case import Compared


class Resolution(Compared):
    """Which file a name stands for, and what the module says of itself."""

    def test_modules_and_packages_have_true_paths(self):
        self.write("module.py", "value = 1\n")
        self.write("package/__init__.py", "from . import sub\nfrom .sub import value\n")
        self.write("package/sub.py", "from .deep.er import value\n")
        self.write("package/deep/__init__.py")
        self.write("package/deep/er.py", "from ... import package\nvalue = __file__\n"
                   .replace("from ... import package\n", "from .. import __name__ as parent\n"))
        found = self.compare("""
import module, package.deep.er, json.decoder, xml.etree.ElementTree
report([facts(m) for m in (module, package, package.sub, package.deep, package.deep.er, json.decoder,
                           xml.etree.ElementTree)] + [package.value])
""")
        self.assertIn(str(self.folder / "module.py"), found[0])

    def test_namespace_packages_over_several_path_entries(self):
        self.write("one/space/a.py", "value = 'a'\n")
        self.write("two/space/b.py", "value = 'b'\n")
        self.write("three/space/inner/c.py", "value = 'c'\n")
        self.compare("""
import sys
import space.a, space.b
first = list(space.__path__)
sys.path.append("three")
import space.inner.c
report([facts(space)[:4], first, list(space.__path__), type(space.__path__).__name__,
        space.a.value, space.b.value, space.inner.c.value, space.__spec__.loader is not None])
""", env={"PYTHONPATH": f"{self.folder}/one:{self.folder}/two"})

    def test_regular_package_shadows_namespace_portions(self):
        self.write("one/space/a.py")
        self.write("two/space/__init__.py", "regular = True\n")
        self.write("two/space/b.py")
        self.compare("""
import space, space.b
try:
    import space.a
except ImportError as error:
    report([facts(space), str(error), error.name, error.path])
""", env={"PYTHONPATH": f"{self.folder}/one:{self.folder}/two"})

    def test_order_of_kinds_in_one_folder(self):
        self.write("both.py", "kind = 'module'\n")
        self.write("both/__init__.py", "kind = 'package'\n")
        self.write("shadow.py", "kind = 'source'\n")
        self.write("shadow/not_init.py")
        self.compare("import both, shadow\nreport([both.kind, shadow.kind, facts(both), facts(shadow)])")

    def test_program_folder_shadows_the_library(self):
        self.write("colorsys.py", "mine = True\n")
        self.compare("import colorsys\nreport([colorsys.mine, facts(colorsys)])")

    def test_own_modules_may_have_names_that_the_library_has(self):
        for name in ("linecache", "inspect", "pkgutil", "threadpoolctl", "vtkmodules", "importlib_metadata"):
            with self.subTest(name):
                self.write(f"{name}.py", "hook = lambda: 'own'\n")
                self.write("program.py", f"import {name}\nprint({name}.hook(), {name}.__file__)\n")
                self.assert_output_like_python("program.py")
                (self.folder / f"{name}.py").unlink()

    def test_search_path_edited_at_run_time(self):
        self.write("first/thing.py", "where = 'first'\n")
        self.write("second/thing.py", "where = 'second'\n")
        self.write("second/other.py", "where = 'second'\n")
        self.compare("""
import sys
try:
    import other
except ImportError as error:
    missing = str(error)
sys.path.insert(0, "first")
sys.path.append("second")
import thing, other
sys.path.remove("first")
del sys.modules["thing"]
import thing as again
report([missing, thing.where, again.where, other.where, again.__file__])
""")

    def test_relative_search_path_follows_the_current_folder(self):
        self.write("inner/found.py", "value = 1\n")
        self.compare("""
import os, sys
sys.path.insert(0, "")
os.chdir("inner")
import found
report([found.__file__, found.value])
""")

    def test_entries_of_the_search_path_are_written_in_many_ways(self):
        here = str(self.folder)
        entries = [".", "./a", "b", "c/", "./d/", "././e", "a/../f", here + "/g/", here + "//h", "/", "x", "./x/"]
        for name in "abcdefgh":
            self.write(f"{name}/module_{name}.py")
            self.write(f"{name}/package_{name}/__init__.py")
            self.write(f"{name}/package_{name}/inner.py")
            self.write(f"{name}/space_{name}/inner.py")
        self.write("module_.py")
        self.compare(f"""
import importlib, sys
del sys.path[0]
sys.path += {entries}
names = ["module_"]
for letter in "abcdefgh":
    names += ["module_" + letter, "package_" + letter + ".inner", "space_" + letter + ".inner"]
rows = []
for name in names:
    module = importlib.import_module(name)
    package = sys.modules[name.rpartition(".")[0] or name]
    rows.append([name, module.__file__, module.__cached__, list(getattr(package, "__path__", []))])
finders = [sys.path_importer_cache.get(entry, 0) for entry in {entries}]
report([rows, [finder and finder.path for finder in finders]])
""")

    def test_sourceless_modules(self):
        for name in ("lonely", "packed/__init__", "packed/inside"):
            source = self.write(name + ".py", "value = __name__\n")
            py_compile.compile(str(source), cfile=str(source) + "c")
            source.unlink()
        self.compare("import lonely, packed.inside\nreport([facts(m) + [m.value] for m in "
                     "(lonely, packed, packed.inside)])")

    def test_files_that_a_tool_puts_in_place_of_others(self):
        for name in ("first", "second", "third", "fourth"):
            source = self.write(name + ".py", f"value = {name!r}\n")
            py_compile.compile(str(source), cfile=str(source) + "c")
            source.unlink()
        self.write("plain.py", "value = 'plain'\n")
        self.write("other.py", "value = 'other'\n")
        self.compare("""
import importlib.machinery as machinery, importlib.util
def with_another(method, old, new, name):
    of_class = getattr(*method)
    def replaced(self, argument=None):
        if method[1] == "get_data":
            return of_class(self, argument.replace(old, new))
        return of_class(self, argument).replace(old, new)
    setattr(*method, replaced)
    try:
        return __import__(name).value
    finally:
        setattr(*method, of_class)
found = [with_another((machinery.SourceFileLoader, "get_filename"), "plain", "other", "plain"),
         with_another((machinery.SourcelessFileLoader, "get_filename"), "first", "second", "first"),
         with_another((machinery.SourcelessFileLoader, "get_data"), "third", "second", "third")]
import first
class Loader(type(first.__loader__)):
    def get_data(self, path):
        return super().get_data(path.replace("fourth", "second"))
path = first.__file__.replace("first", "fourth")
spec = importlib.util.spec_from_file_location("fourth", path, loader=Loader("fourth", path))
fourth = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fourth)
report([found, fourth.value])
""", env={"PYTHONDONTWRITEBYTECODE": "1"})

    def test_zip_archives_on_the_search_path(self):
        import zipfile
        with zipfile.ZipFile(self.folder / "lib.zip", "w") as archive:
            archive.writestr("zipped.py", "value = __file__\n")
            archive.writestr("pack/__init__.py", "")
            archive.writestr("pack/data.txt", "text")
        self.compare("""
import sys
sys.path.insert(0, "lib.zip")
import zipped, pack, pkgutil
report([zipped.value, type(zipped.__loader__).__name__, pkgutil.get_data("pack", "data.txt").decode()])
""")

    def test_names_that_are_missing(self):
        self.write("package/__init__.py")
        self.compare("""
import importlib, importlib.util
messages = []
for name in ("nowhere", "nowhere.below", "package.nowhere", "json.nowhere", "os.nowhere", "sys.x"):
    for attempt in range(2):
        try:
            importlib.import_module(name)
        except ImportError as error:
            messages.append([type(error).__name__, str(error), error.name, error.path])
messages.append([importlib.util.find_spec(n) is None for n in ("nowhere", "json.nowhere", "json.tool")])
report(messages)
""")

    def test_relative_entries_where_the_current_folder_is_gone(self):
        self.write("module.py", "value = 1\n")
        self.compare("""
import os, sys, tempfile
gone = tempfile.mkdtemp()
os.chdir(gone)
os.rmdir(gone)
sys.path[:0] = ["", "relative", "./other"]
import module
report([module.__file__, sys.path_importer_cache.get("relative", 0), sys.path_importer_cache.get("./other", 0)])
""")

    def test_files_of_any_name(self):
        # Bytes that are no UTF-8: Python has them as surrogates (PEP 383).
        folder = os.fsdecode(b"odd-\xff-\xc3\xa4")
        (self.folder / folder).mkdir()
        self.write(f"{folder}/data.txt", "text")
        self.write(f"{folder}/own0.py", "value = 1\n")
        self.write(f"{folder}/own1.py", "value = 1\n")
        program = f"""
import os, sys
sys.path.insert(0, os.path.join(os.getcwd(), {folder!a}))
rank, text = os.environ.get("PMI_RANK", "0"), "text of %d" % os.getpid()
if "REWRITE" in os.environ:
    with open(os.path.join(sys.path[0], "own" + rank + ".py"), "w") as file:
        file.write("value = " + repr(text))
if rank == "0":
    import own0 as own
else:
    import own1 as own
data = own.__loader__.get_data(os.path.join(sys.path[0], "data.txt")).decode()
report([os.path.dirname(ascii(own.__file__)), data, own.value == text])
"""
        # Without .pyc files: by time and size alone what the runs write is the same.
        env = {"PYTHONDONTWRITEBYTECODE": "1"}
        self.compare(program, env=env)
        self.compare(program, runs=1, env={**env, "REWRITE": "1"})  # each rank what it was sent

    def test_names_that_no_file_can_have(self):
        self.compare("""
import importlib, importlib.util, inspect, linecache, pkgutil
rows = []
for name in "\\ud834\\udd1e", "a\\x00b", "x" * 5000, "é.ü":
    for ask in (importlib.import_module, importlib.util.find_spec, linecache.getlines, linecache.updatecache,
                lambda name: linecache.checkcache(name), lambda name: pkgutil.get_data("json", name)):
        try:
            rows.append(ascii(ask(name)))
        except Exception as error:
            rows.append(ascii(error))
report(rows)
""")

    def test_circular_imports(self):
        self.write("one.py", "import two\nfrom two import late\n")
        self.write("two.py", "import one\nfrom one import never\n")
        self.write("ok_a.py", "import ok_b\nx = 1\n")
        self.write("ok_b.py", "import ok_a\ndef get():\n    return ok_a.x\n")
        self.compare("""
import ok_a, ok_b
try:
    import one
except ImportError as error:
    report([str(error), error.name, ok_b.get()])
""")


if __name__ == "__main__":
    unittest.main()
