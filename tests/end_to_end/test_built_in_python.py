# SPDX-License-Identifier: BSD-3-Clause
"""The CPython in the executable runs the program where it is the interpreter's own build, and only there."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import harness

BUILD = os.environ.get("PYLAUNCH_TEST_BUILD", "")
STATIC_PYTHON = pathlib.Path(__file__).resolve().parents[2] / "cmake" / "static_python.py"

# Which file the code and the data of CPython lie in, by name of the symbol.
PROGRAM = harness.PREAMBLE + """
import ctypes, json, sys
class Info(ctypes.Structure):
    _fields_ = [("file", ctypes.c_char_p), ("base", ctypes.c_void_p),
                ("name", ctypes.c_char_p), ("address", ctypes.c_void_p)]
dladdr, info = ctypes.CDLL(None).dladdr, Info()
dladdr.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
def file_of(name):
    address = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, name))
    return info.file.decode() if dladdr(address, ctypes.byref(info)) else None
with open("names.json") as file:
    names = json.load(file)
report({"files": sorted({file_of(name) for name in names}),
        "is": [id(int) == ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "PyLong_Type")),
               id(None) == ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_Py_NoneStruct"))],
        "environment": [sys.version, sys.prefix, sys.base_prefix, sys.flags, sys.builtin_module_names]})
"""

# Every extension module of the standard library, and what it says.
EXTENSIONS = harness.PREAMBLE + """
import importlib, pathlib, sysconfig
found = {}
for path in sorted(pathlib.Path(sysconfig.get_path("platstdlib"), "lib-dynload").glob("*.so")):
    try:
        found[path.name] = len(dir(importlib.import_module(path.name.split(".")[0])))
    except ImportError as error:
        found[path.name] = str(error)
report(found)
"""


def static_python():
    output = subprocess.run([harness.PYTHON, "-I", "-S", str(STATIC_PYTHON)], check=True, capture_output=True,
                            text=True).stdout
    return json.loads(output)


class BuiltInPython(harness.Case):
    @classmethod
    def setUpClass(cls):
        facts = static_python()
        version = subprocess.run([harness.PYLAUNCH, "--version"], check=True, capture_output=True, text=True).stdout
        # Whether the archive links only the build knows: those of Debian 13 lack members.
        reason = facts["reason"] or os.environ.get("PYLAUNCH_TEST_NOT_BUILT_IN")
        if reason:
            raise unittest.SkipTest(f"{harness.PYTHON} cannot be built in: {reason}")
        if "built in: CPython" not in version:
            raise AssertionError(f"{harness.PYTHON} can be built in, and was not:\n{version}")
        listed = subprocess.run([harness.tool("nm"), "-D", "--defined-only", facts["shared"]], check=True,
                                capture_output=True, text=True).stdout
        cls.names = [line.split()[2].split("@")[0] for line in listed.splitlines()]
        cls.shared = os.path.realpath(facts["shared"])
        cls.executable = os.path.realpath(harness.PYLAUNCH)

    def setUp(self):
        super().setUp()
        self.write("program.py", PROGRAM)
        self.write("names.json", json.dumps(self.names))

    def files(self, *arguments, **options):
        """The files that all ranks' CPython lies in; everything else has to be as python3 has it."""
        oracle = self.python("program.py")
        self.assertEqual(oracle.reports[0]["is"], [True, True])
        files = []
        for _ in (1, 2):
            result = self.launch(*arguments, "program.py", **options)
            self.assert_ended(result)
            self.assertEqual(len(result.reports), options.get("ranks", 2))
            for report in result.reports.values():
                self.assertEqual(report["is"], [True, True])
                self.assertEqual(report["environment"], oracle.reports[0]["environment"])
                files += report["files"]
        return {os.path.realpath(file) for file in files}

    def test_all_that_libpython_exports_is_in_the_executable(self):
        self.assertGreater(len(self.names), 1000)
        self.assertEqual(self.files(ranks=4, nodes=2), {self.executable})

    def test_alone_and_without_broadcast(self):
        self.assertEqual(self.files(ranks=1), {self.executable})
        self.assertEqual(self.files("--no-broadcast"), {self.executable})

    def test_shared_library_on_request(self):
        self.assertEqual(self.files("--libpython", "shared"), {self.shared})
        self.assertEqual(self.files(env={"PYLAUNCH_LIBPYTHON": "shared"}, ranks=1), {self.shared})

    def test_every_extension_module_of_the_standard_library_loads(self):
        self.write("extensions.py", EXTENSIONS)
        self.assert_like_python("extensions.py", ranks=2)

    def test_nothing_of_it_is_exported(self):
        listed = subprocess.run([harness.tool("nm"), "-D", "--defined-only", self.executable], check=True,
                                capture_output=True, text=True).stdout
        self.assertEqual(re.findall(r".* _?Py\w+$", listed, re.MULTILINE), [])

    def test_names_of_another_build_are_not_used(self):
        """As after an update that was interrupted."""
        temporary = tempfile.TemporaryDirectory(prefix="pylaunch-built-in-")
        self.addCleanup(temporary.cleanup)
        prefix = pathlib.Path(temporary.name)
        subprocess.run([harness.tool("cmake"), "--install", BUILD, "--prefix", str(prefix)], check=True,
                       stdout=subprocess.DEVNULL)
        names = prefix / "lib/pylaunch/libpython-built-in.so"
        source = "".join(f".globl {name}\n{name} = 0x{4096 + 16 * i:x}\n" for i, name in enumerate(self.names))
        source += '.section .note.GNU-stack, "", @progbits\n'
        subprocess.run([harness.tool("gcc"), "-shared", "-nostdlib", "-x", "assembler", "-", "-o", str(names)],
                       input=source, text=True, check=True)
        pylaunch = prefix / "bin/pylaunch"
        for damage in (lambda: None, lambda: names.write_bytes(b""), names.unlink):
            damage()
            result = self.execute([harness.MPIEXEC, "-n", 2, pylaunch, "program.py"])
            self.assert_ended(result)
            for rank in range(2):
                self.assertEqual({os.path.realpath(file) for file in result.reports[rank]["files"]}, {self.shared})


if __name__ == "__main__":
    unittest.main()
