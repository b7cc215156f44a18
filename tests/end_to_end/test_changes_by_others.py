# SPDX-License-Identifier: BSD-3-Clause
"""Files that children and other ranks rewrite or rebuild while the program runs."""

import subprocess
import sysconfig
import unittest

import harness
import silence_case

KERNEL = "int f(void) { return %d; }\n"
EXTENSION = """\
#include <Python.h>
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "built", 0, -1};
PyMODINIT_FUNC PyInit_built(void) {
  PyObject *module = PyModule_Create(&def);
  PyModule_AddIntConstant(module, "value", %d);
  return module;
}
"""


class RewrittenFiles(harness.Case):
    def test_module_that_a_child_rewrites(self):
        for rank in range(2):
            self.write(f"of{rank}/settings.py", "value = 'old'\n")
        self.program("""
import os, subprocess, sys
folder = "of" + os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
sys.path.insert(0, os.path.abspath(folder))
if len(sys.argv) > 1:
    subprocess.run(["sh", "-c", f"echo \\"value = 'new, and longer'\\" > {folder}/settings.py"], check=True)
import settings
report(settings.value)
""")
        for arguments in ((), (), ("write",)):
            self.assert_like_python("program.py", *arguments, runs=1)
            for rank in range(2):
                self.write(f"of{rank}/settings.py", "value = 'old'\n")


class RebuiltLibraries(silence_case.SilenceCase):
    def build(self, source, target, *options):
        subprocess.run([harness.tool("gcc"), "-shared", "-fPIC", "-w", *options, "-o", str(self.folder / target),
                        "-x", "c", "-"], input=source, text=True, check=True)

    def check(self, source, target, load, *options):
        """Rank 0 builds TARGET, and all load it, in the run after those in which it was broadcast."""
        command = ["gcc", "-shared", "-fPIC", "-w", *options, "-o", target, "source.c"]
        self.program(f"""
from mpi4py import MPI
import os, subprocess, sys
world = MPI.COMM_WORLD
if world.rank == 0 and len(sys.argv) > 1:
    subprocess.run({command!r}, check=True)
world.Barrier()
{load}
report(value)
""")
        self.write("source.c", source % 2)
        for nodes in (1, 2):
            self.build(source % 1, target, *options)
            for arguments, value in (((), 1), ((), 1), (("build",), 2)):
                result = self.launch("program.py", *arguments, nodes=nodes)
                self.assert_ended(result)
                self.assertEqual(result.reports, {0: value, 1: value}, (nodes, arguments))

    def test_library_for_ctypes(self):
        self.check(KERNEL, "kernel.so", "import ctypes\nvalue = ctypes.CDLL(os.path.abspath('kernel.so')).f()")

    def test_extension_module(self):
        self.check(EXTENSION, "built" + sysconfig.get_config_var("EXT_SUFFIX"), "import built\nvalue = built.value",
                   "-I" + sysconfig.get_path("include"))

    def test_one_request_for_each_folder_tells_that_nothing_was_rebuilt(self):
        for name in ("one", "two", "three"):
            self.build(KERNEL % 1, f"{name}.so")
        self.write("program.py", "import ctypes, os\nfor name in ('one', 'two', 'three'):\n"
                   "    ctypes.CDLL(os.path.abspath(name + '.so')).f()\n")
        for _ in range(2):
            calls = self.traced("program.py", ranks=2)
        self.assert_silent(calls, at_most=1)


if __name__ == "__main__":
    unittest.main()
