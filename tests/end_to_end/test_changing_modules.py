# SPDX-License-Identifier: BSD-3-Clause
"""Modules that change while the program runs, bytecode that is stale, and what the next run sees."""

import os
import py_compile
import time
import unittest

import harness

HELPERS = harness.PREAMBLE + """
import importlib, os, sys, time
RANK = os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
def put(name, text):
    # A name of this rank's own: ranks share the folder, and each has to behave as python3 alone.
    with open(name, "w") as file:
        file.write(text)
"""


class WhileRunning(harness.Case):
    """Edits by the program itself are seen as python3 sees them."""

    def compare(self, text, **options):
        self.write("program.py", HELPERS + text)
        return self.assert_like_python("program.py", **options)

    def each_in_a_folder_of_its_own(self, text, files):
        for rank in range(2):
            for name, content in files.items():
                self.write(f"of{rank}/{name}", content)
        self.compare("sys.path.insert(0, 'of' + RANK)\nos.chdir('of' + RANK)\nsys.path[0] = os.getcwd()\n"
                     + text)

    def test_reload_after_an_edit(self):
        self.each_in_a_folder_of_its_own("""
put("edited.py", "value = 1\\n")
importlib.invalidate_caches()
import edited
first = edited.value
put("edited.py", "value = 'two, and longer'\\n")
again = importlib.reload(edited)
report([first, edited.value, again is edited])
""", {"edited.py": "value = 1\n"})

    def test_new_import_after_removal_from_sys_modules(self):
        self.each_in_a_folder_of_its_own("""
put("edited.py", "value = 1\\n")
import edited
first = edited.value
del sys.modules["edited"]
put("edited.py", "value = 'two, and longer'\\n")
import edited
report([first, edited.value])
""", {"edited.py": "value = 1\n"})

    def test_module_that_is_imported_again_unchanged(self):
        self.each_in_a_folder_of_its_own("""
import stable
del sys.modules["stable"]
import stable as again
report([stable.value, again.value, again is not stable, importlib.reload(again).value])
""", {"stable.py": "value = 1\n"})

    def test_module_written_at_run_time(self):
        self.each_in_a_folder_of_its_own("""
try:
    import generated
except ImportError as error:
    missing = str(error)
put("generated.py", "value = 5\\n")
importlib.invalidate_caches()
import generated
os.mkdir("made")
put("made/__init__.py", "from . import inner\\n")
put("made/inner.py", "value = 6\\n")
importlib.invalidate_caches()
import made
report([missing, generated.value, made.inner.value])
for name in ("generated.py", "made/__init__.py", "made/inner.py"):
    os.remove(name)
import shutil
shutil.rmtree("made")
""", {"keep.txt": ""})

    def test_module_removed_at_run_time(self):
        self.each_in_a_folder_of_its_own("""
put("victim.py", "value = 1\\n")
os.remove("victim.py")
importlib.invalidate_caches()
try:
    import victim
except ImportError as error:
    report(str(error))
put("victim.py", "value = 1\\n")
""", {"victim.py": "value = 1\n"})

    def test_modules_written_by_children(self):
        self.each_in_a_folder_of_its_own("""
import subprocess
subprocess.run(["sh", "-c", "echo 'value = 9' > by_child.py"], check=True)
importlib.invalidate_caches()
import by_child
report(by_child.value)
os.remove("by_child.py")
""", {"keep.txt": ""})

    def test_module_written_by_rank_0_is_there_for_all(self):
        self.write("program.py", HELPERS + """
if RANK == "0":
    time.sleep(0.3)
    put("from_rank_0.py.new", "value = 'shared'\\n")
    os.rename("from_rank_0.py.new", "from_rank_0.py")
    put("ready", "")
while not os.path.exists("ready"):
    time.sleep(0.01)
importlib.invalidate_caches()
import from_rank_0
report(from_rank_0.value)
""")
        for _ in range(2):
            result = self.launch("program.py", ranks=3)
            self.assert_ended(result)
            self.assertEqual(result.reports, {rank: "shared" for rank in range(3)})
            for name in ("ready", "from_rank_0.py"):
                (self.folder / name).unlink()


class BetweenRuns(harness.Case):
    """The next run behaves as python3 does after each kind of change."""

    def check(self, change, text="import module\nreport([module.value, module.__file__])", env=()):
        self.write("program.py", harness.PREAMBLE + text)
        options = {"runs": 1, "env": env}
        self.assert_like_python("program.py", **options)
        self.assert_like_python("program.py", **options)
        change()
        self.assert_like_python("program.py", runs=2, env=env)

    def test_edited_module(self):
        self.write("module.py", "value = 1\n")
        self.check(lambda: self.write("module.py", "import colorsys\nvalue = 'longer than before'\n"))

    def test_edited_module_of_equal_size(self):
        self.write("module.py", "value = 1\n")
        self.check(lambda: self.write("module.py", "value = 2\n"), env={"PYTHONDONTWRITEBYTECODE": "1"})

    def test_edited_program(self):
        self.write("module.py", "value = 1\n")
        self.write("other.py", "value = 2\n")
        self.check(lambda: self.write("program.py", harness.PREAMBLE + "import other\nreport(other.value)"))

    def test_module_gone(self):
        self.write("module.py", "value = 1\n")
        self.check(lambda: (self.folder / "module.py").unlink(), """
try:
    import module
    report(module.value)
except ImportError as error:
    report(str(error))
""")

    def test_module_that_appears(self):
        self.check(lambda: self.write("module.py", "value = 'here now'\n"), """
try:
    import module
    report(module.value)
except ImportError as error:
    report(str(error))
""")

    def test_output_files_in_the_folder_of_the_program(self):
        def bundles():
            return {path.name: path.stat().st_mtime_ns for path in self.manifests.rglob("*.bundle")}

        self.write("module.py", "value = 1\n")
        self.write("program.py", harness.PREAMBLE + """
import module, pkgutil
try:
    import appeared
except ImportError:
    appeared = None
report([module.value, appeared and appeared.__file__, sorted(m.name for m in pkgutil.iter_modules(["."]))])
""")
        for _ in range(3):  # the third run has a bundle that it need not write
            self.assert_like_python("program.py", runs=1)
        written = bundles()
        self.assertEqual(len(written), 1)
        for change in (lambda: self.write("output.txt"), lambda: (self.folder / "output.txt").unlink()):
            change()
            self.assert_like_python("program.py", runs=2)
            self.assertEqual(bundles(), written)
        self.write("appeared.py")
        self.assert_like_python("program.py", runs=3)
        self.assertNotEqual(bundles(), written)

    def test_module_that_becomes_shadowed(self):
        self.write("late/module.py", "value = 'late'\n")
        self.write("early/keep.txt")
        self.check(lambda: self.write("early/module.py", "value = 'early'\n"),
                   env={"PYTHONPATH": f"{self.folder}/early:{self.folder}/late"})

    def test_module_that_becomes_a_package(self):
        self.write("module.py", "value = 'module'\n")
        self.check(lambda: self.write("module/__init__.py", "value = 'package'\n"))

    def test_search_path_entry_that_appears(self):
        self.write("late/module.py", "value = 'late'\n")
        self.check(lambda: self.write("early/module.py", "value = 'early'\n"),
                   env={"PYTHONPATH": f"{self.folder}/early:{self.folder}/late"})

    def test_path_file_that_changes(self):
        site = self.python("-m", "site", "--user-site").stdout.strip()
        os.makedirs(site)
        self.write("a/module.py", "value = 'a'\n")
        self.write("b/module.py", "value = 'b'\n")
        path_file = self.write("lines.pth", f"{self.folder}/a\n", type(self.folder)(site))
        self.check(lambda: path_file.write_text(f"{self.folder}/b\nimport sys; sys.added = 1\n"),
                   "import sys, module\nreport([module.value, getattr(sys, 'added', 0), sys.path])")

    def test_link_that_points_elsewhere(self):
        self.write("one/module.py", "value = 1\n")
        self.write("two/module.py", "value = 2\n")
        link = self.folder / "current"
        link.symlink_to("one")

        def turn():
            link.unlink()
            link.symlink_to("two")
        self.check(turn, env={"PYTHONPATH": link})

    def test_module_replaced_with_an_old_time_stamp(self):
        path = self.write("module.py", "value = 1\n")
        os.utime(path, (1_600_000_000, 1_600_000_000))

        def replace():
            new = self.write("module.py.new", "value = 2\n")
            os.utime(new, (1_500_000_000, 1_500_000_000))
            new.rename(path)
        self.check(replace)


class Bytecode(harness.Case):
    """Which bytecode counts: PEP 552's rules."""

    def compare(self, text="import module\nreport([module.value, module.__cached__])", **options):
        self.write("program.py", harness.PREAMBLE + text)
        return self.assert_like_python("program.py", **options)

    def compile(self, mode, text="value = 'compiled'\n"):
        path = self.write("module.py", text)
        py_compile.compile(str(path), invalidation_mode=py_compile.PycInvalidationMode[mode])
        return path

    def test_unchecked_hash_beats_the_source(self):
        path = self.compile("UNCHECKED_HASH")
        path.write_text("value = 'source'\n")
        self.assertEqual(self.compare()[0], "compiled")

    def test_unchecked_hash_bytecode_that_is_replaced_between_runs(self):
        self.compile("UNCHECKED_HASH")
        self.compare()
        self.compile("UNCHECKED_HASH", "value = 'newer'\n")
        self.assertEqual(self.compare()[0], "newer")

    def test_checked_hash_follows_the_source(self):
        path = self.compile("CHECKED_HASH")
        path.write_text("value = 'source'\n")
        self.assertEqual(self.compare()[0], "source")

    def test_checked_hash_of_an_equal_source_is_taken(self):
        path = self.compile("CHECKED_HASH")
        os.utime(path, (1_500_000_000, 1_500_000_000))
        self.assertEqual(self.compare()[0], "compiled")

    def test_stale_bytecode(self):
        path = self.compile("TIMESTAMP")
        time.sleep(0.01)
        path.write_text("value = 'source, with another length'\n")
        self.assertEqual(self.compare()[0], "source, with another length")

    def test_damaged_bytecode(self):
        self.compile("TIMESTAMP", "value = 'from source'\n")
        (cached,) = (self.folder / "__pycache__").iterdir()
        cached.write_bytes(b"\0" * 40)
        self.assertEqual(self.compare()[0], "from source")

    def test_read_only_tree_without_bytecode(self):
        self.write("module.py", "value = 1\n")
        self.compare(env={"PYTHONDONTWRITEBYTECODE": "1"})
        self.assertFalse((self.folder / "__pycache__").exists())


if __name__ == "__main__":
    unittest.main()
