# SPDX-License-Identifier: BSD-3-Clause
"""Ranks other than 0 ask the file system for nothing that Python needs (counted with strace)."""

import unittest

import silence_case


class Silence(silence_case.SilenceCase):
    def check(self, *arguments, first_run_at_most=5, **options):
        first, second = self.traced(*arguments, **options), self.traced(*arguments, **options)
        self.assert_silent(second)
        self.assert_silent(first, first_run_at_most)

    def test_small_script_with_modules_of_its_own(self):
        self.write("helper.py", "import json\n")
        self.write("package/__init__.py")
        self.write("package/module.py", "value = 1\n")
        self.write("program.py", "import helper\nfrom package import module\nimport colorsys\n")
        self.check("program.py")

    def test_data_that_installed_modules_name(self):
        site = self.home / "site"
        self.write("package/__init__.py", "from importlib import resources\n"
                   "TABLE = resources.files(__package__).joinpath('table.txt').read_text()\n", site)
        self.write("package/table.txt", "1 2 3\n", site)
        self.watched.append(str(site))
        self.write("program.py", "import package\nassert package.TABLE == '1 2 3\\n'\n")
        root, other = self.traced("program.py", ranks=2, env={"PYTHONPATH": site})
        self.assert_silent([root, [call for call in other if "package" in call or ".py" in call]])

    def test_numpy(self):
        self.write("program.py", "import numpy, numpy.linalg\nprint(numpy.linalg.det(numpy.eye(3)))\n")
        self.check("program.py", first_run_at_most=60)

    def test_on_two_nodes(self):
        self.write("program.py", "import decimal, json\n")
        self.check("program.py", ranks=4, nodes=2)

    def test_command_and_module(self):
        self.check("-c", "import json, decimal", ranks=2)
        self.write("package/__init__.py")
        self.write("package/__main__.py", "import json\n")
        self.check("-m", "package", ranks=2)

    def test_imports_that_only_the_run_shows(self):
        self.write("hidden.py", "import string\n")
        self.write("program.py", "import importlib\nimportlib.import_module('hid' + 'den')\n"
                   "try:\n    import nowhere_at_all\nexcept ImportError:\n    pass\n")
        self.traced("program.py", ranks=2)
        self.assert_silent(self.traced("program.py", ranks=2))

    def test_path_files_and_customisation(self):
        site = self.home / "site"
        self.write("sitecustomize.py", "import string\n", site)
        self.write("program.py", "import json\n")
        self.watched.append(str(site))
        self.check("program.py", env={"PYTHONPATH": site}, ranks=2)

    def test_native_mpi_module(self):
        self.write("program.py", "from mpi4py import MPI\nMPI.COMM_WORLD.Barrier()\n")
        self.check("program.py", ranks=2, first_run_at_most=8)

    def test_failing_import_prints_its_traceback_from_memory(self):
        self.write("module.py", "def f():\n    raise ValueError('as asked')\n")
        self.write("program.py", "import module\nmodule.f()\n")
        for _ in range(2):
            calls = self.traced("program.py", ranks=2, status=1)
        self.assert_silent(calls)

    def test_sources_for_inspect_and_warnings_come_from_memory(self):
        self.write("module.py", "def f():\n    return 1\n")
        self.write("program.py", "import inspect, module, linecache\n"
                   "assert linecache.getline(module.__file__, 2).strip() == 'return 1'\n"
                   "module.__loader__.get_data(module.__file__)\n")
        for _ in range(2):
            calls = self.traced("program.py", ranks=2)
        self.assert_silent(calls)

    def test_folders_that_are_there_already_may_be_asked_for(self):
        self.write("package/__init__.py")
        self.write("package/__pycache__/keep.txt")
        for name in "abc":
            self.write(f"package/{name}.py", f"name = '{name}'\n")
        # os.makedirs(name, exist_ok=True) without what it asks for itself.
        self.write("program.py", "import os, package.a\n"
                   "def ask_for(name):\n    try:\n        os.mkdir(name)\n    except FileExistsError:\n        pass\n"
                   "ask_for('package/__pycache__')\nask_for(os.path.join(os.getcwd(), 'package'))\n"
                   "import package.b\nask_for(b'./package//')\nimport package.c\n")
        self.check("program.py", ranks=2)

    def test_switched_off_broadcast_reads_on_every_rank(self):
        self.write("program.py", "import json\n")
        calls = self.traced("program.py", ranks=2, options=["--no-broadcast"])
        self.assertGreater(len(calls[1]), 50)


if __name__ == "__main__":
    unittest.main()
