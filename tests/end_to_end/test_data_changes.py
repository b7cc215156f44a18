# SPDX-License-Identifier: BSD-3-Clause
"""Data that changes while the job runs, and what the report says of files that programs open."""

import json
import unittest

import harness


class DataChanges(harness.Case):
    def write_packages(self):
        for rank in range(4):
            for name in ("data.txt", "gone.txt", "sub/x.txt", "moved/y.txt", "tree/deep/z.txt"):
                self.write(f"package{rank}/{name}", "old")
            self.write(f"package{rank}/__init__.py")

    def test_what_a_process_writes_it_reads(self):
        self.program("""
import importlib, importlib.resources, linecache, os, pkgutil, runpy, shutil, sys
name = "package" + os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
files = importlib.resources.files(importlib.import_module(name))
def look():
    rows = []
    for path in ("data.txt", "gone.txt", "sub/x.txt", "sub/new.txt", "moved/y.txt", "elsewhere/y.txt", "tree/deep/z.txt"):
        try:
            rows.append([(files / path).read_text(), (files / path).exists(), pkgutil.get_data(name, path).decode()])
        except OSError as error:
            rows.append([type(error).__name__, (files / path).exists(), (files / path).is_file()])
    return rows + [sorted(p.name for p in files.iterdir() if p.name[0] != "_"), (files / "tree").is_dir()]
before = look()
(files / "data.txt").write_text("new text")
os.remove(str(files / "gone.txt"))
with open(os.path.join(str(files), "sub", "new.txt"), "w") as stream:
    stream.write("made")
folder = os.open(str(files), os.O_RDONLY)
os.rename("moved", "elsewhere", src_dir_fd=folder, dst_dir_fd=folder)
shutil.rmtree(str(files / "tree"))
report([before, look()])
""")
        for nodes in (2, 1, 2):
            self.write_packages()
            for rank in range(4):
                if (self.folder / f"package{rank}/elsewhere").exists():
                    (self.folder / f"package{rank}/elsewhere/y.txt").unlink()
                    (self.folder / f"package{rank}/elsewhere").rmdir()
                (self.folder / f"package{rank}/sub/new.txt").unlink(missing_ok=True)
            result = self.launch("program.py", ranks=4, nodes=nodes)
            self.assert_ended(result)
            self.write_packages()
            for rank in range(4):
                before, after = result.reports[rank]
                self.assertEqual(before[0], ["old", True, "old"], before)
                self.assertEqual(before[-2:], [["data.txt", "gone.txt", "moved", "sub", "tree"], True], before)
                self.assertEqual(after, [
                    ["new text", True, "new text"], ["FileNotFoundError", False, False], ["old", True, "old"],
                    ["made", True, "made"], ["FileNotFoundError", False, False], ["old", True, "old"],
                    ["FileNotFoundError", False, False], ["data.txt", "elsewhere", "sub"], False])

    def test_what_rank_0_rewrites_in_each_run_is_read_from_the_file(self):
        self.write("package/__init__.py")
        self.write("package/data.txt", "old")
        self.program("""
from mpi4py import MPI
import importlib.resources, sys
path = importlib.resources.files("package") / "data.txt"
if MPI.COMM_WORLD.rank == 0 and len(sys.argv) > 1:
    path.write_text(sys.argv[1])
MPI.COMM_WORLD.Barrier()
report(path.read_text())
""")
        for _ in range(2):
            self.assertEqual(self.launch("program.py", ranks=3).reports, dict.fromkeys(range(3), "old"))
        self.launch("program.py", "first", ranks=3)  # on the others, as it was at the start: documented
        for text in ("second", "third"):
            self.assertEqual(self.launch("program.py", text, ranks=3).reports, dict.fromkeys(range(3), text))

    def test_distribution_installed_by_a_child(self):
        site = self.home / "site"
        self.write("readme.txt", "", site)
        self.program("""
import importlib, importlib.metadata as m, os, subprocess, sys
name = "dist" + os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
def version():
    try:
        return m.version(name)
    except m.PackageNotFoundError:
        return None
before = version()
code = "import os, sys; os.mkdir(sys.argv[1]); open(sys.argv[1] + '/METADATA', 'w').write(f'Name: x\\\\nVersion: 4\\\\n')"
subprocess.run([sys.executable, "-c", code, f"{sys.path[1]}/{name}-4.dist-info"], check=True)
importlib.invalidate_caches()
report([before, version()])
""")
        for nodes in (2, 1):
            result = self.launch("program.py", ranks=3, nodes=nodes, env={"PYTHONPATH": site})
            self.assert_ended(result)
            self.assertEqual(result.reports, dict.fromkeys(range(3), [None, "4"]))
            for folder in site.glob("*.dist-info"):
                (folder / "METADATA").unlink()
                folder.rmdir()


class OpenedFiles(harness.Case):
    def test_report_names_what_the_program_opens_and_how_often(self):
        self.write("package/__init__.py", "import pathlib\nhere = pathlib.Path(__file__).parent\n")
        self.write("package/table.dat", "1 2 3")
        self.write("package/read.txt", "text")
        elsewhere = self.write("elsewhere/other.dat", "x", self.home)
        self.program(f"""
import importlib.resources, os, package
for _ in range(3):
    open(package.here / "table.dat").read()
if os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")) == "1":
    open("package/table.dat", "rb").close()
(importlib.resources.files(package) / "read.txt").read_text()
open({str(elsewhere)!r}).close()
open(package.here / "written.txt", "w").close()
""")
        for run in range(2):
            result = self.launch("program.py", ranks=2, options=[f"--report={self.folder}/report.json"])
            self.assert_ended(result)
            opened = json.loads((self.folder / "report.json").read_text())["opened"]
            self.assertEqual(opened, [{"path": f"{self.folder}/package/table.dat", "times": 7, "ranks": 2}], run)
        text = self.launch("program.py", ranks=2, options=["--report"]).stderr
        self.assertRegex(text, r"1 files? .* opened by the program itself")
        self.assertRegex(text, r"7 times on +2 ranks +\S+/package/table.dat")


if __name__ == "__main__":
    unittest.main()
