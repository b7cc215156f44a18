# SPDX-License-Identifier: BSD-3-Clause
"""Modules from memory have all that importlib, pkgutil, inspect and runpy ask of a module."""

import unittest

from imports_case import Compared


class Protocol(Compared):
    """importlib, pkgutil, inspect and runpy find what they need on modules from memory."""

    def test_resources_and_data(self):
        self.write("package/__init__.py")
        self.write("package/data.txt", "some text\n")
        self.write("package/sub/more.bin", b"\x00\x01")
        self.compare("""
import importlib.resources, pkgutil, package
files = importlib.resources.files("package")
with importlib.resources.as_file(files / "data.txt") as path:
    on_disk = str(path)
report([files.joinpath("data.txt").read_text(), sorted(f.name for f in files.iterdir() if f.name != "__pycache__"),
        (files / "sub" / "more.bin").read_bytes().hex(), on_disk, str(files),
        pkgutil.get_data("package", "data.txt").decode(), pkgutil.get_data("package", "sub/more.bin").hex(),
        importlib.resources.read_text("package", "data.txt"), importlib.resources.is_resource("package", "none")])
""", env={"PYTHONWARNINGS": "ignore"})

    def test_loader_methods(self):
        self.write("package/__init__.py", "# the package\n")
        self.write("package/module.py", "def f():\n    return 1\n")
        self.compare("""
import importlib.util, package.module
rows = []
for module in (package, package.module):
    loader, name, path = module.__loader__, module.__name__, module.__file__
    rows.append([loader.name, loader.path, loader.is_package(name), loader.get_source(name),
                 loader.get_filename(name), loader.get_data(path).decode(),
                 loader.get_code(name).co_filename, sorted(loader.path_stats(path)),
                 loader.get_resource_reader(name) is not None,
                 importlib.util.find_spec(name).origin])
stats = package.__loader__.path_stats(package.__file__)
import os
rows.append([stats["size"], stats["mtime"] == os.stat(package.__file__).st_mtime])
for wrong in ("other",):
    try:
        package.__loader__.get_source(wrong)
    except ImportError as error:
        rows.append(str(error))
try:
    package.__loader__.get_data("/nonexistent/file")
except OSError as error:
    rows.append([type(error).__name__, str(error)])
report(rows)
""")

    def test_sources_are_found_by_inspect(self):
        self.write("module.py", "import functools\n\n\nclass C:\n    '''doc'''\n    def m(self):\n"
                   "        return [x for x in range(3)]\n\n\ndef f(a, b=1):\n    # comment\n    return a\n")
        self.compare("""
import inspect, json, module, textwrap, linecache
def here():
    return 42
report([inspect.getsource(module), inspect.getsource(module.C.m), inspect.getsource(module.f),
        inspect.getsource(json.loads)[:80], inspect.getsource(textwrap.dedent)[:40], inspect.getsource(here),
        inspect.getsourcefile(module), inspect.getfile(module.C), inspect.getcomments(module.f),
        inspect.getsourcelines(module.f)[1], linecache.getline(module.__file__, 4)])
""")

    def test_runpy(self):
        self.write("target.py", "import sys\nresult = [__name__, __file__, __package__, sys.argv[0]]\n")
        self.write("package/__init__.py")
        self.write("package/__main__.py", "result = [__name__, __file__, __package__]\n")
        self.compare("""
import runpy
report([runpy.run_path("target.py")["result"], runpy.run_path("target.py", run_name="x")["result"],
        runpy.run_module("target")["result"], runpy.run_module("target", run_name="__main__")["result"],
        runpy.run_module("package", alter_sys=True)["result"], runpy.run_path("package")["result"]])
""")

    def test_modules_can_be_listed(self):
        self.write("package/__init__.py")
        self.write("package/a.py")
        self.write("package/sub/__init__.py")
        self.write("package/sub/b.py")
        self.compare("""
import pkgutil, package
report([[m.name, m.ispkg] for m in pkgutil.walk_packages(package.__path__, "package.")] +
       [sorted(m.name for m in pkgutil.iter_modules(["."]))])
""")

    def test_lazy_loading(self):
        self.write("lazy.py", "import sys\nsys.lazy_has_run = True\nvalue = 3\n")
        self.compare("""
import importlib.util, sys
spec = importlib.util.find_spec("lazy")
spec.loader = importlib.util.LazyLoader(spec.loader)
module = importlib.util.module_from_spec(spec)
sys.modules["lazy"] = module
spec.loader.exec_module(module)
before = hasattr(sys, "lazy_has_run")
report([before, module.value, hasattr(sys, "lazy_has_run")])
""")

    def test_loaders_and_specs_are_equal_to_those_of_importlib(self):
        self.write("package/__init__.py")
        self.compare("""
import importlib.machinery as machinery, importlib.util, _queue, package
rows = []
for module, kind in (package, machinery.SourceFileLoader), (_queue, machinery.ExtensionFileLoader):
    name, path, loader = module.__name__, module.__file__, module.__loader__
    same, other = kind(name, path), kind("other", path)
    found = importlib.util.find_spec(name)
    rows.append([loader == same, same == loader, loader == other, other == loader, loader != same,
                 hash(loader) == hash(same), len({loader, same, other}), loader == 1, loader == type(loader),
                 found == module.__spec__, isinstance(loader, kind)])
report(rows)
""")

    def test_methods_of_importlib_that_a_tool_replaces_are_called(self):
        self.write("package/__init__.py", "from package import module\n")
        self.write("package/module.py", "import _queue\n")
        self.write("mocked.py", "value = 1\n")
        self.compare("""
import functools, importlib, importlib.machinery as machinery, unittest.mock
calls = []
def watch(owner, name, describe):
    original = getattr(owner, name)
    @functools.wraps(original)
    def replaced(self, *arguments, **keywords):
        call = [owner.__name__, name, describe(*arguments, **keywords)]
        if call not in calls:  # there are as many finders as there have been folders
            calls.append(call)
        return original(self, *arguments, **keywords)
    setattr(owner, name, replaced)
watch(machinery.FileFinder, "find_spec", lambda name, target=None: name)
watch(machinery.FileFinder, "invalidate_caches", lambda: None)
watch(machinery.SourceFileLoader, "path_stats", lambda path: path)
watch(machinery.SourceFileLoader, "get_code", lambda name: name)
watch(machinery.SourceFileLoader, "exec_module", lambda module: module.__name__)
watch(machinery.ExtensionFileLoader, "create_module", lambda spec: spec.name)
watch(machinery.ExtensionFileLoader, "exec_module", lambda module: module.__name__)
import package
importlib.invalidate_caches()
del machinery.SourceFileLoader.get_code  # the one of its base class is left
with unittest.mock.patch.object(machinery.SourceFileLoader, "exec_module") as mock:
    import mocked
first = mock.call_args[0][0]
report([calls, len(mock.call_args[0]), first.__name__, hasattr(mocked, "value")])
""")

    def test_loaders_that_a_tool_has_changed_compile_and_read_by_its_methods(self):
        self.write("one.py", "value = 'one'\n")
        self.write("two.py", "value = 'two'\n")
        self.compare("""
import importlib.machinery as machinery, importlib.util, sys
sys.dont_write_bytecode = True
original = machinery.SourceFileLoader.source_to_code
compiled = []
def source_to_code(self, data, path, **options):
    compiled.append(data.decode())
    return original(self, data.replace(b"one", b"changed"), path, **options)
machinery.SourceFileLoader.source_to_code = source_to_code
import one
machinery.SourceFileLoader.source_to_code = original
class Loader(type(one.__spec__.loader)):
    def get_data(self, path):
        return super().get_data(path).replace(b"two", b"by the class")
    def path_stats(self, path):
        raise OSError
spec = importlib.util.find_spec("two")
spec = importlib.util.spec_from_file_location("two", spec.origin, loader=Loader("two", spec.origin))
two = importlib.util.module_from_spec(spec)
spec.loader.exec_module(two)
try:
    code = one.__loader__.get_code("wrong")
except ImportError as error:
    code = [str(error), error.name]
report([one.value, compiled, two.value, code])
""", env={"PYTHONDONTWRITEBYTECODE": "1"})

    def test_specs_and_loaders_are_pickled(self):
        self.write("package/__init__.py")
        self.write("package/data.txt", "text")
        self.write("other.py")
        self.compare("""
import _queue, copy, importlib.resources, other, package, pickle
rows = []
class Loader(type(other.__loader__)):
    pass
for module in (package, other, _queue):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        spec = pickle.loads(pickle.dumps(module.__spec__, protocol))
        rows.append([spec == module.__spec__, type(spec.loader).__name__, spec.loader.path])
    rows.append([copy.copy(module.__loader__) == module.__loader__, copy.deepcopy(module.__spec__) == module.__spec__])
loader = Loader("other", other.__file__)
loader.more = 1
for protocol in (0, 5):
    rows.append(vars(pickle.loads(pickle.dumps(loader, protocol))))
kind = type(importlib.resources.files("package"))
rows.append([pickle.loads(pickle.dumps(kind)).__name__, issubclass(kind, pickle.loads(pickle.dumps(kind, 0))), copy.deepcopy(kind) is kind])
report(rows)
""")

    def test_import_function_of_the_program_sees_the_program_s_imports_only(self):
        self.write("module.py", "import io\nfrom os import path\n")
        found = self.compare("""
import builtins, linecache, os, pkgutil, sys, tokenize
original, names = builtins.__import__, []
def watch(name, namespace=None, *arguments, **options):
    # Where a file is read: io.open_code() imports _io and, since 3.13, linecache what it needs.
    if name != "_io" and (namespace or {}).get("__name__") != "linecache":
        names.append(name)
    if name.startswith("_frozen"):
        raise RuntimeError("blocked " + name)
    return original(name, namespace, *arguments, **options)
builtins.__import__ = watch
import module
sys.path.insert(0, os.path.abspath("none"))
try:
    import nowhere
except ImportError as error:
    message = str(error)
line = linecache.getline(module.__file__, 1)
with __import__("io").open_code(module.__file__) as stream:
    text = stream.read().decode()
builtins.__import__ = original
report([names, message, line, text])
""")
        self.assertEqual(found[0], ["module", "io", "os", "nowhere", "io"])

    def test_pickled_functions_of_main_and_modules(self):
        self.write("module.py", "class C:\n    pass\ndef f():\n    return 1\n")
        self.compare("""
import pickle, module
def mine():
    return 2
report([pickle.loads(pickle.dumps(mine))(), pickle.loads(pickle.dumps(module.f))(),
        type(pickle.loads(pickle.dumps(module.C()))).__qualname__])
""")

    def test_metadata_of_installed_packages(self):
        self.write("site/thing.py", "value = 1\n")
        self.write("site/thing-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.2\n")
        self.write("site/thing-1.2.dist-info/entry_points.txt", "[group]\nname = thing:value\n")
        self.compare("""
import importlib.metadata as metadata
points = metadata.entry_points()
# In CPython 3.9 a dict of lists.
points = points.select(group="group") if hasattr(points, "select") else points["group"]
report([metadata.version("thing"), [p.value for p in points], [p.load() for p in points]])
""", env={"PYTHONPATH": self.folder / "site"})

    def test_finders_of_others_stay_in_charge(self):
        self.write("hook.py", """
import importlib.abc, importlib.machinery, sys
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name == "virtual":
            return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        module.value = "by the hook"
sys.meta_path.insert(0, Finder())
""")
        self.write("virtual.py", "value = 'by the file'\n")
        self.compare("import hook, virtual\nreport(virtual.value)")

    def test_threads_import_at_the_same_time(self):
        for i in range(8):
            self.write(f"mod{i}.py", f"import time, shared\ntime.sleep(0.02)\nvalue = {i}\n")
        self.write("shared.py", "import time\ntime.sleep(0.05)\ncount = globals().get('count', 0) + 1\n")
        self.compare("""
import importlib, threading
values = []
def work(i):
    values.append(importlib.import_module(f"mod{i % 8}").value)
threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
[t.start() for t in threads]
[t.join() for t in threads]
import shared
report([sorted(values), shared.count])
""")


if __name__ == "__main__":
    unittest.main()
