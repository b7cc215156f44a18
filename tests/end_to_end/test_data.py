# SPDX-License-Identifier: BSD-3-Clause
"""Data and listings that Python's own interfaces ask for come from memory on every rank but 0."""

import sys
import unittest

import silence_case


class Data(silence_case.SilenceCase):
    def setUp(self):
        super().setUp()
        self.site = self.home / "site"
        self.watched.append(str(self.home))
        self.env = {"PYTHONPATH": self.site, "PYTHONWARNINGS": "ignore"}

    def write_package(self, folder=None):
        folder = folder or self.site
        self.write("package/__init__.py", "", folder)
        self.write("package/module.py", "def f():\n    # one\n    raise KeyError('f')\n", folder)
        self.write("package/data.txt", "text \u00e4\n".encode(), folder)
        self.write("package/sub/more.bin", bytes(range(256)) * 200, folder)
        self.write("package/part/__init__.py", "", folder)
        self.write("package/part/notes.csv", "a,b\n1,2\n", folder)
        self.write("package/part/deep/__init__.py", "", folder)

    def check_program(self, text, **options):
        self.program(text)
        return self.check_data("program.py", env=self.env, **options)

    def test_resources(self):
        self.write_package()
        self.check_program("""
import importlib.resources as r, io, package, pathlib, pickle
files = r.files("package")
with r.as_file(files / "data.txt") as path:
    on_disk = [str(path), path.read_text("utf-8"), isinstance(path, pathlib.Path)]
with (files / "data.txt").open(encoding="utf-8") as text, (files / "sub/more.bin").open("rb") as binary:
    streams = [text.read(), text.name, text.mode, list(text), binary.read(7).hex(), binary.tell(),
               binary.seek(-3, 2), binary.read().hex(), isinstance(binary, io.BufferedReader)]
def failure(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return [type(error).__name__, str(error)]
copy = pickle.loads(pickle.dumps(files))
report([str(files), repr(files), sorted(p.name for p in files.iterdir() if p.name != "__pycache__"),
    on_disk, streams, copy == files, type(copy).__name__, hash(copy) == hash(files),
    (files / "sub" / "more.bin").read_bytes().hex()[:40], (files / "data.txt").is_file(),
    (files / "sub").is_dir(), (files / "sub").is_file(), (files / "none").exists(),
    (files / "none" / "deeper").exists(), files.joinpath("part", "notes.csv").read_text(),
    failure((files / "none").read_text), failure((files / "sub").read_bytes),
    failure((files / "data.txt").joinpath("x").read_text),
    [f(*a) if f is not r.contents else sorted(set(f(*a)) - {"__pycache__"}) for f, a in (
        (r.read_binary, (package, "data.txt")),
        (r.is_resource, ("package", "data.txt")), (r.is_resource, ("package", "sub")),
        (r.is_resource, ("package", "none")), (r.contents, ("package.part",)))],
    r.read_text("package", "data.txt", encoding="utf-8"), r.open_binary("package", "data.txt").read(), r.open_text("package.part", "notes.csv").readlines(),
    str(r.path("package", "data.txt").__enter__()), failure(r.read_text, "package", "none")])
""")

    @unittest.skipIf(sys.version_info < (3, 10), "no such option")
    def test_text_without_an_encoding_is_warned_of_where_that_is_asked_for(self):
        self.write_package()
        self.write("program.py", """
import importlib.resources
files = importlib.resources.files("package")
notes = files / "part" / "notes.csv"
for mode in ("r", "rt", "rb"):
    with notes.open(mode) as stream:
        print(stream.read(), getattr(stream, "encoding", None))
print(notes.read_text(), notes.open(encoding="utf-8").read(), notes.open(encoding="locale").encoding)
""")
        option, env = ("-X", "warn_default_encoding"), {"PYTHONPATH": self.site}
        for options in ((), option):
            with self.subTest(" ".join(options)):
                self.assert_output_like_python(*options, "program.py", runs=3, env=env)
        for _ in range(3):
            result = self.launch(*option, "-W", "error", "program.py", env=env, nodes=2)
            self.assert_ended(result, 1)
            self.assertEqual(result.stderr.count("EncodingWarning: "), 2, repr(result))

    def test_resources_of_a_namespace_package(self):
        other = self.home / "other"
        self.write("space/one.txt", "1", self.site)
        self.write("space/both/a.txt", "a", self.site)
        self.write("space/two.txt", "2", other)
        self.write("space/both/b.txt", "b", other)
        self.env["PYTHONPATH"] = f"{self.site}:{other}"
        self.check_program("""
import importlib.resources as r, space, sys
try:
    files = r.files(space)
except TypeError as error:  # CPython 3.9 has no resources of namespace packages
    report(str(error))
    sys.exit()
report([sorted(p.name for p in files.iterdir()), [(files / n).read_text() for n in ("one.txt", "two.txt")],
        sorted(list(space.__path__)), (files / "none").is_file()])
""")

    def test_pkgutil(self):
        self.write_package()
        self.write("plain.py", "", self.site)
        self.write("folder/nothing.txt", "", self.site)
        self.write("package.d/__init__.py", "", self.site)
        self.write("package.py", "", self.site)
        (self.site / "dangling.py").symlink_to("nowhere")
        found = self.check_program("""
import pkgutil, package
try:
    pkgutil.get_data("package", "none")
    none = "found"
except OSError as error:
    none = type(error).__name__
report([pkgutil.get_data("package", "data.txt").decode(), pkgutil.get_data("package.part", "../sub/more.bin").hex(),
        none, [list(m)[1:] for m in pkgutil.iter_modules(package.__path__, "package.")],
        [list(m)[1:] for m in pkgutil.walk_packages(package.__path__, "package.")],
        sorted(m.name for m in pkgutil.iter_modules())])
""")
        self.assertIn("dangling", found[-1])  # listed, since nobody asks whether it is there

    def test_metadata(self):
        def distribution(name, version, more=(), folder=self.site):
            self.write(f"{name}-{version}.dist-info/METADATA",
                       f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: s\n", folder)
            for file, text in dict(more).items():
                self.write(f"{name}-{version}.dist-info/{file}", text, folder)
        distribution("alpha_beta", "1.2", {
            "entry_points.txt": "[console_scripts]\nab = package.module:f\n[plug.ins]\nx = package\n",
            "RECORD": "package/module.py,,\npackage/data.txt,,\n../bin/ab,,\nalpha_beta-1.2.dist-info/METADATA,,\n",
            "top_level.txt": "package\n"})
        distribution("Gamma.Delta", "3", {"RECORD": "package/__init__.py,,\n"})
        distribution("shadowed", "1")
        distribution("shadowed", "2", folder=self.home / "second")
        self.write("legacy.egg-info/PKG-INFO", "Metadata-Version: 1.0\nName: legacy\nVersion: 7\n", self.site)
        self.write("single-4.egg-info", "Metadata-Version: 1.0\nName: single\nVersion: 4\n", self.site)
        self.write("egg-5.egg/EGG-INFO/PKG-INFO", "Metadata-Version: 1.0\nName: egg\nVersion: 5\n", self.site)
        self.write("../bin/ab", "", self.site)
        self.write_package()
        self.env["PYTHONPATH"] = f"{self.site}:{self.home}/second:{self.site}/egg-5.egg:{self.home}/nowhere"
        found = self.check_program("""
import importlib.metadata as m, package.module
def version(name):
    try:
        return m.version(name)
    except m.PackageNotFoundError as error:
        return ["missing", str(error)]
points = m.entry_points()
chosen = points.select(group="plug.ins") if hasattr(points, "select") else points["plug.ins"]
report([[version(n) for n in ("alpha-beta", "Alpha_Beta", "gamma.delta", "shadowed", "legacy", "single",
                              "egg", "nothing", "numpy")],
        sorted(f"{e.name}={e.value}" for e in chosen), [e.load().__name__ for e in chosen],
        sorted(str(f) for f in m.files("alpha_beta")), m.files("alpha_beta")[1].read_text(),
        str(m.files("alpha_beta")[0].locate()), m.requires("alpha_beta"), m.metadata("legacy")["Version"],
        m.distribution("alpha_beta").read_text("top_level.txt"), m.distribution("alpha_beta").read_text("none"),
        sorted(str(d.metadata["Name"]) + " " + d.version for d in m.distributions()),
        sorted(d.version for d in m.distributions(name="shadowed", path=["%s"]))])
""" % (self.home / "second"))
        self.assertEqual(found[0][0], "1.2")
        self.assertEqual(found[0][3], "1")

    def test_sources(self):
        self.write_package()
        self.check_program("""
import inspect, json.decoder, linecache, package.module, sys, traceback
def here():
    return [inspect.currentframe().f_lineno]
try:
    package.module.f()
except KeyError as error:
    text = traceback.format_exception(type(error), error, error.__traceback__)
linecache.checkcache()
data = package.__file__.replace("__init__.py", "data.txt")
report([inspect.getsource(package.module), inspect.getsource(package.module.f), inspect.getsource(here),
        inspect.getsource(json.decoder.JSONDecoder.decode), inspect.getsourcefile(json.decoder),
        inspect.getsourcelines(package.module.f), inspect.getcomments(here), text,
        linecache.getline(package.module.__file__, 2), linecache.getlines(data),
        linecache.getlines(data + ".none")])
""")

    def test_modules_of_frames(self):
        self.write_package(self.home / "real")
        self.site.symlink_to("real")
        self.write("real/linked.py", "import sys\ndef frame():\n    return sys._getframe()\n", self.home / "store")
        (self.home / "real/linked.py").symlink_to(self.home / "store/real/linked.py")
        # The module that only the first run shows is one of those that getmodule() looks at.
        self.check_program("""
import importlib, inspect, linked, os, package.module, sys, types
importlib.import_module("_ls" + "prof")
lost = types.ModuleType("lost")
lost.__file__ = "lost.py"
sys.modules["lost"] = lost
names = ["json.decoder", "linked", "lost", "os", "package", "package.module", "zlib", "__main__"]
import json, zlib
found = [inspect.getmodule(linked.frame()).__name__, inspect.getmodule(sys._getframe()).__name__,
         [[info.filename, info.code_context] for info in inspect.stack()]]
report([found, {name: sorted(file for file, module in inspect.modulesbyfile.items() if module == name)
                for name in names}, inspect.getmodule(None, linked.__file__.replace("/site/", "/store/real/")).__name__])
""")

    def test_runpy(self):
        self.write_package()
        self.write("package/__main__.py", "result = [__name__, __file__, __package__]\n", self.site)
        self.write("second/__init__.py", "", self.site)
        self.write("second/__main__.py", "result = [__name__, __file__, __package__]\n", self.site)
        script = self.write("script", "import sys\nresult = [__name__, __file__, sys.argv[0]]\n", self.home)
        self.write("program2.py", "import sys\nresult = [__name__, __file__, sys.argv[0]]\n")
        self.check_program("""
import runpy
report([runpy.run_path(name)["result"] for name in ("%s", "program2.py", "%s/package")]
       + [runpy.run_module("second", run_name="__main__")["result"],
          runpy.run_path("program2.py", run_name="other")["result"]])
""" % (script, self.site))


if __name__ == "__main__":
    unittest.main()
