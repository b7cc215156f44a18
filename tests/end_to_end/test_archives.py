# SPDX-License-Identifier: BSD-3-Clause
"""Archives on sys.path and as programs: their bytes come from memory on every rank but 0."""

import io
import unittest
import zipapp
import zipfile

import harness
import silence_case

PACKAGE = {
    "package/__init__.py": "",
    "package/module.py": "def f():\n    # one\n    raise KeyError('f')\n",
    "package/data.txt": "text\n",
    "package/sub/more.csv": "a,b\n",
    "package/part/__init__.py": "import json\n",
}


class Archives(silence_case.SilenceCase):
    def setUp(self):
        super().setUp()
        self.site = self.home / "site"
        self.watched.append(str(self.home))

    def write_archive(self, name, files, compression=zipfile.ZIP_DEFLATED):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", compression) as archive:
            for path, text in files.items():
                archive.writestr(path, text)
        return self.write(name, stream.getvalue(), self.site)

    def check_program(self, text, path, **options):
        self.program(text)
        env = {"PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
        return self.check_data("program.py", env=env, **options)

    def test_modules_and_their_data(self):
        archive = self.write_archive("code.zip", PACKAGE)
        self.check_program("""
import importlib.resources as r, inspect, package.module, package.part, pkgutil, sys, traceback
try:
    package.module.f()
except KeyError as error:
    text = traceback.format_exception(type(error), error, error.__traceback__)
files = r.files("package")
finder = sys.path_importer_cache[sys.path[1]]
report([package.__file__, list(package.__path__), package.module.__spec__.origin, text, str(files),
        type(package.__loader__).__mro__[-2].__name__, finder.archive, finder.prefix, repr(finder),
        inspect.getsource(package.module.f), package.module.__loader__.get_source("package.module"),
        pkgutil.get_data("package", "data.txt").decode(), (files / "data.txt").read_text(),
        sorted(p.name for p in files.iterdir()), r.read_text("package", "data.txt"),
        (files / "sub" / "more.csv").read_text(), (files / "none").exists(),
        [list(m)[1:] for m in pkgutil.walk_packages(package.__path__, "package.")]])
""", archive)

    def test_a_folder_within_an_archive(self):
        archive = self.write_archive("code.zip", {f"lib/{name}": text for name, text in PACKAGE.items()})
        self.check_program("""
import package.module, sys
report([package.module.__file__, package.__loader__.prefix])
""", f"{archive}/lib")

    def test_egg_with_metadata(self):
        egg = self.write_archive("thing-1.5-py3.egg", {
            **PACKAGE, "EGG-INFO/PKG-INFO": "Metadata-Version: 1.0\nName: thing\nVersion: 1.5\n",
            "EGG-INFO/entry_points.txt": "[plug.ins]\nx = package.part\n",
            "other-2.dist-info/METADATA": "Metadata-Version: 2.1\nName: other\nVersion: 2\n"})
        found = self.check_program("""
import importlib.metadata as m
points = m.entry_points()
points = points.select(group="plug.ins") if hasattr(points, "select") else points["plug.ins"]
report([m.version("thing"), m.version("other"), [p.load().__file__ for p in points],
        str(m.distribution("other")._path)])
""", egg)
        self.assertEqual(found[:2], ["1.5", "2"])

    def test_what_is_no_archive_is_passed_over(self):
        self.write("junk.zip", "no archive", self.site)
        self.check_program("""
import sys
try:
    import package
except ImportError as error:
    report([str(error), sys.path_importer_cache[sys.path[1]]])
""", self.site / "junk.zip")

    def test_what_is_no_archive_is_for_the_hooks_of_the_program(self):
        path = self.write("code.dat", "no archive", self.site)
        self.program("""
import importlib.machinery, sys
class Loader:
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        module.value = 42
class Finder:
    def find_spec(self, name, target=None):
        return importlib.machinery.ModuleSpec(name, Loader()) if name == "fromdat" else None
def hook(path):
    if not path.endswith(".dat"):
        raise ImportError
    return Finder()
if len(sys.argv) > 1:
    sys.path_hooks.append(hook)
    sys.path_importer_cache.clear()
try:
    import fromdat
    report(fromdat.value)
except ImportError as error:
    report(str(error))
with __import__("io").open_code(sys.path[1]) as stream:
    stream.read()
""")
        for arguments in ((), ("hook",), ("hook",)):
            self.assert_like_python("program.py", *arguments, env={"PYTHONPATH": path}, runs=1)

    def test_specs_of_modules_in_archives_are_pickled(self):
        archive = self.write_archive("code.zip", PACKAGE)
        self.program("""
import package.module, pickle
loader = pickle.loads(pickle.dumps(package.module.__spec__)).loader
report([type(loader).__name__, loader.archive, loader.prefix, loader.get_data(loader.archive + "/package/data.txt").decode()])
""")
        self.assert_like_python("program.py", env={"PYTHONPATH": archive}, runs=3)

    def test_program_that_is_an_archive(self):
        source = self.home / "source"
        self.write("__main__.py", harness.PREAMBLE + "import helper, sys\n"
                   "report([__file__, __name__, sys.argv, sys.path[0], helper.text])\n", source)
        self.write("helper.py", "import pkgutil\ntext = pkgutil.get_data('data', 'a.txt').decode()\n", source)
        self.write("data/__init__.py", "", source)
        self.write("data/a.txt", "of the archive", source)
        zipapp.create_archive(source, self.folder / "app.pyz", interpreter="/usr/bin/env python3")
        found = self.check_data(self.folder / "app.pyz", "argument")
        self.assertEqual(found[-1], "of the archive")

    def test_changed_archive_is_seen_by_the_next_run(self):
        for text in ("old", "new"):
            archive = self.write_archive("code.zip", {"package/__init__.py": f"value = '{text}'\n"})
            self.program("import package\nreport(package.value)\n")
            self.assert_like_python("program.py", env={"PYTHONPATH": archive}, ranks=2)


if __name__ == "__main__":
    unittest.main()
