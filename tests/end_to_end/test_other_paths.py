# SPDX-License-Identifier: BSD-3-Clause
"""A program writes to its modules by other paths than those by which it imports them."""

import unittest

import harness

PROGRAM = """
import os, sys
folder = os.path.abspath("of" + os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")))
os.chdir(folder)
sys.path[:0] = [folder, folder + "/sub/../lib", folder + "/link"]
PATHS = {"a": folder + "/sub/../a.py", "b": "./b.py", "c": folder + "/lib/c.py", "d": folder + "/real/d.py",
         "e": folder + "/other/e.py", "f": folder + "//sub/.././f.py"}
if len(sys.argv) > 1:
    for path in PATHS.values():
        with open(path, "w") as file:
            file.write("value = 'new, and longer'\\n")
import a, b, c, d, e, f
report([module.value for module in (a, b, c, d, e, f)])
"""


class OtherPaths(harness.Case):
    def write_modules(self):
        for rank in range(2):
            for name in ("a", "b", "lib/c", "real/d", "real/e", "f", "sub/none"):
                self.write(f"of{rank}/{name}.py", "value = 'old'\n")
            for link in ("link", "other"):
                if not (self.folder / f"of{rank}/{link}").is_symlink():
                    (self.folder / f"of{rank}/{link}").symlink_to("real")

    def test_what_is_written_is_imported(self):
        self.program(PROGRAM)
        for arguments in ((), (), ("write",)):
            self.write_modules()
            oracle = self.assert_like_python("program.py", *arguments, runs=1)
            self.assertEqual(oracle, ["new, and longer" if arguments else "old"] * 6)

    def test_folder_that_is_moved_by_another_path_is_gone(self):
        self.program("""
import os, sys
folder = os.path.abspath("of" + os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")))
sys.path.insert(0, folder + "/link")
import d
if len(sys.argv) > 1:
    os.rename(folder + "/./real", folder + "/moved")
try:
    import e
    value = e.value
except ImportError as error:
    value = str(error)
report(value)
if len(sys.argv) > 1:
    os.rename(folder + "/moved", folder + "/real")
""")
        for arguments in ((), (), ("move",)):
            self.write_modules()
            self.assert_like_python("program.py", *arguments, runs=1)

    def test_package_that_is_made_anew_is_the_new_one(self):
        self.program("""
import contextlib, importlib, os, shutil, sys
folder = os.path.abspath("of" + os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")))
os.chdir(folder)
sys.path[0] = folder + "/link"
import package.old
os.makedirs("real/package", exist_ok=True)
found = [package.old.value]
for name in ("link/package", "./real/package/", "sub/../link/package", b"real//package"):
    for known in [known for known in sys.modules if known.startswith("package")]:
        del sys.modules[known]
    shutil.rmtree("real/package")
    os.makedirs(name, exist_ok=True)
    for file, text in (("__init__", ""), ("new", f"value = {name!r}\\n")):
        with open(f"real/package/{file}.py", "w") as stream:
            stream.write(text)
    importlib.invalidate_caches()
    import package.new
    found.append(package.new.value == name)
    with contextlib.suppress(ImportError):
        import package.old
        found.append(package.old.value)
os.remove("real/package/new.py")
with open("real/package/old.py", "w") as stream:  # for the next run
    stream.write("value = 1\\n")
report(found)
""")
        self.write_modules()
        for rank in range(2):
            self.write(f"of{rank}/real/package/__init__.py")
            self.write(f"of{rank}/real/package/old.py", "value = 1\n")
        self.assertEqual(self.assert_like_python("program.py", runs=3), [1, True, True, True, True])


if __name__ == "__main__":
    unittest.main()
