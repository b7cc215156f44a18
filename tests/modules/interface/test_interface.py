# SPDX-License-Identifier: BSD-3-Clause
"""The type stubs and the table of names are those of the module as it is built."""
import ast
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
STUBS = ROOT / "modules/package/mpi4py/MPI.pyi"
TABLE = ROOT / "docs/mpi-names.md"
HOW = "run PYLAUNCH_MPI4PY=native pylaunch modules/interface/describe.py {} {}"


class Interface(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="pylaunch-interface-")
        cls.stubs = pathlib.Path(cls.temporary.name, "MPI.pyi")
        cls.table = pathlib.Path(cls.temporary.name, "names.md")
        subprocess.run(
            [os.environ["MPIEXEC"], "-n", "1", os.environ["PYLAUNCH"],
             str(ROOT / "modules/interface/describe.py"), str(cls.stubs), str(cls.table)],
            env=dict(os.environ, PYLAUNCH_MPI4PY="native"), check=True, timeout=50)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_stubs_are_current(self):
        if re.search(r"which is MPI [23]\.", self.table.read_text(encoding="utf-8")):
            self.skipTest("the stubs are those of MPI 4 and 5, and this MPI library is older")
        self.assertEqual(STUBS.read_text(encoding="utf-8"), self.stubs.read_text(encoding="utf-8"),
                         HOW.format(STUBS, TABLE))

    def test_stubs_are_valid_python(self):
        tree = ast.parse(STUBS.read_text(encoding="utf-8"))
        classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        self.assertGreaterEqual(len(classes), 26)
        known = classes | {"memory"}
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        self.assertIn("Comm", known)
        self.assertIn("Wtime", functions)

    def test_no_type_is_any(self):
        """Objects that are sent, and attributes, have types of their own names."""
        tree = ast.parse(STUBS.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        self.assertGreater(len(functions), 700)
        loose = [node.name for node in functions if re.search(r"\bAny\b", ast.unparse(node))]
        self.assertEqual(loose, [])

    def test_names_of_types_are_those_of_mpi4py_typing(self):
        used = STUBS.read_text(encoding="utf-8").partition("from .typing import ")[2].splitlines()[0]
        known = ast.parse(STUBS.with_name("typing.py").read_text(encoding="utf-8"))
        names = {target.id for node in known.body if isinstance(node, ast.Assign)
                 for target in node.targets}
        self.assertEqual(set(used.split(", ")) - names, set())

    def test_table_of_names_is_current(self):
        kept, made = (path.read_text(encoding="utf-8").splitlines() for path in (TABLE, self.table))
        if kept[4] == made[4]:  # the same MPI library
            self.assertEqual(kept, made, HOW.format(STUBS, TABLE))
        else:
            self.assertEqual([row.split("|")[1:3] for row in kept if row.startswith("| ")],
                             [row.split("|")[1:3] for row in made if row.startswith("| ")])


if __name__ == "__main__":
    unittest.main()
