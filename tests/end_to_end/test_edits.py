# SPDX-License-Identifier: BSD-3-Clause
"""Random edits between runs: each run sees the files as they are, on every rank, as python3 does."""

import os
import random
import shutil
import sys
import unittest
import zipfile

import harness

PROGRAM = """
import importlib, importlib.metadata, importlib.resources, pkgutil, sys
rows = {}
for name in ("alpha", "beta", "alpha.part", "gamma", "gamma.part", "zipped", "installed", "linked", "late"):
    try:
        module = importlib.import_module(name)
        rows[name] = [getattr(module, "value", None), getattr(module, "__file__", None)]
    except Exception as error:
        rows[name] = [type(error).__name__, str(error)]
def attempt(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__
rows["data"] = attempt(lambda: (importlib.resources.files("installed") / "data.txt").read_text())
rows["get_data"] = attempt(pkgutil.get_data, "installed", "data.txt")
rows["exists"] = attempt(lambda: (importlib.resources.files("installed") / "more" / "x.txt").exists())
rows["version"] = attempt(importlib.metadata.version, "installed")
rows["distributions"] = sorted(d.metadata["Name"] + d.version for d in importlib.metadata.distributions())
rows["modules"] = sorted(m.name for m in pkgutil.iter_modules(sys.path[:1]))
rows["path"] = [sys.path[1:], getattr(sys, "from_path_file", None), sys.prefix]
report(rows)
"""


class RandomEdits(harness.Case):
    rounds = int(os.environ.get("PYLAUNCH_TEST_ROUNDS") or 20)

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("PYLAUNCH_TEST_SEED") or random.SystemRandom().randrange(10 ** 6))
        print(f"PYLAUNCH_TEST_SEED={self.seed}", file=sys.stderr)
        self.random = random.Random(self.seed)
        self.count = 0
        self.first, self.second, self.real = (self.home / name for name in ("first", "second", "real"))
        self.venvs = [self.home / "one", self.home / "two"]
        for venv in self.venvs:
            self.execute([harness.PYTHON, "-m", "venv", "--without-pip", venv])
        self.site = next(self.venvs[0].glob("lib/python3*/site-packages"))
        for folder in (self.first, self.second, self.real / "a", self.real / "b"):
            folder.mkdir(parents=True)
        self.program(PROGRAM)
        self.venv = self.venvs[0]
        for edit in self.edits:
            getattr(self, edit)()

    # ---- edits: each makes or undoes something, whatever the state

    edits = ("write_module", "remove_module", "toggle_package", "write_archive", "upgrade", "edit_data",
             "edit_path_file", "turn_link", "change_environment", "touch", "replace_unseen_by_time",
             "rewrite_unseen_by_time")

    def text(self):
        self.count += 1
        # Half of them have one length, so that only times and inode tell them apart.
        return f"value = {self.count:06}\n".replace(" 0", " 1") + self.random.choice(["", "# more\n"])

    def folder_of_choice(self):
        return self.random.choice([self.folder, self.first, self.second])

    def write_module(self):
        name = self.random.choice(["alpha", "beta", "gamma", "late"])
        self.write(f"{name}.py", self.text(), self.folder_of_choice())

    def remove_module(self):
        name = self.random.choice(["alpha", "beta", "gamma", "late"])
        (self.folder_of_choice() / f"{name}.py").unlink(missing_ok=True)

    def toggle_package(self):
        name, folder = self.random.choice(["alpha", "gamma"]), self.folder_of_choice()
        if (folder / name).is_dir() and self.random.random() < 0.5:
            shutil.rmtree(folder / name)
            return
        self.write(f"{name}/part.py", self.text(), folder)
        if self.random.random() < 0.6:
            self.write(f"{name}/__init__.py", self.text(), folder)

    def write_archive(self):
        with zipfile.ZipFile(self.home / "code.zip", "w") as archive:
            archive.writestr("zipped.py", self.text())

    def upgrade(self):
        shutil.rmtree(self.site / "installed", ignore_errors=True)
        for old in self.site.glob("installed-*.dist-info"):
            shutil.rmtree(old)
        if self.random.random() < 0.2:
            return  # uninstalled
        self.write("installed/__init__.py", self.text(), self.site)
        self.write("installed/data.txt", self.text(), self.site)
        self.write(f"installed-{self.count}.dist-info/METADATA",
                   f"Metadata-Version: 2.1\nName: installed\nVersion: {self.count}\n", self.site)

    def edit_data(self):
        if not (self.site / "installed").is_dir():
            return
        for name in ("installed/data.txt", "installed/more/x.txt"):
            if self.random.random() < 0.5:
                self.write(name, self.text(), self.site)
            elif (self.site / name).exists():
                (self.site / name).unlink()

    def edit_path_file(self):
        lines = [f"import sys; sys.from_path_file = {self.random.randrange(1000)}"]
        if self.random.random() < 0.5:
            lines.append(str(self.home / self.random.choice(["extra", "other"])))
        self.write("extra/late.py", self.text(), self.home)
        self.write("settings.pth", "\n".join(lines) + "\n", self.site)

    def turn_link(self):
        self.write("linked.py", self.text(), self.real / "a")
        self.write("linked.py", self.text(), self.real / "b")
        link = self.second / "linked.py"
        link.unlink(missing_ok=True)
        link.symlink_to(self.real / self.random.choice(["a", "b", "nowhere"]) / "linked.py")

    def change_environment(self):
        self.venv = self.random.choice(self.venvs)

    def touch(self):
        for path in self.random.sample(sorted(self.home.rglob("*.p*")), 3):
            if path.exists():
                path.touch()

    def replace_unseen_by_time(self):
        path = self.first / "beta.py"
        if path.exists():
            before = path.stat()
            self.write("beta.new", self.text(), self.first).replace(path)
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def rewrite_unseen_by_time(self):
        path = self.second / "gamma.py"
        if path.exists():
            before = path.stat()
            path.write_text(self.text())
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    # ---- the property

    def test_every_run_sees_the_files_as_they_are(self):
        path = f"{self.first}:{self.second}:{self.home}/code.zip"
        done = []
        for number in range(self.rounds):
            python = self.venv / "bin" / "python"
            env = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYLAUNCH_PYTHON": python}
            oracle = self.python("program.py", python=python, env=env)
            result = self.launch("program.py", ranks=2 + 2 * (number % 2), nodes=1 + number // 2 % 2, env=env)
            for rank, actual in result.reports.items():
                found = list(harness.differences(oracle.reports[0], actual))
                self.assertFalse(found, f"seed {self.seed}, rank {rank} after {done[-3:]}:\n" + "\n".join(found))
            self.assertEqual((oracle.status, result.status, len(result.reports)), (0, 0, 2 + 2 * (number % 2)),
                             f"seed {self.seed}: {result!r}")
            done.append([self.random.choice(self.edits) for _ in range(self.random.randint(1, 3))])
            for edit in done[-1]:
                getattr(self, edit)()


if __name__ == "__main__":
    unittest.main()
