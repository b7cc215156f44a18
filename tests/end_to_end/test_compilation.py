# SPDX-License-Identifier: BSD-3-Clause
"""What the compiler's options and its warnings do in one run does not stay for the next: with python3 as the oracle."""

import py_compile
import sys
import unittest
import zipfile

import harness

IS_FIVE = "a = 5\nprint(a is 5)\n"  # SyntaxWarning: "is" with a literal


class Compilation(harness.Case):
    def setUp(self):
        super().setUp()
        # python3 keeps the bytecode of modules, but for this.
        self.env = {"PYTHONDONTWRITEBYTECODE": "1"}

    def alternate(self, *command_lines):
        """Each of them twice, one after the other, on the same manifests."""
        for _ in range(2):
            for arguments in command_lines:
                with self.subTest(" ".join(arguments)):
                    self.assert_output_like_python(*arguments, runs=1, env=self.env)

    def test_first_line_is_left_out_with_the_option_only(self):
        self.write("p.py", "print('first')\nprint('second')\n")
        self.alternate(["p.py"], ["-x", "p.py"])
        self.write("q.py", "print('first')\nprint('second')\n")
        self.alternate(["-x", "q.py"], ["q.py"])

    @unittest.skipIf(sys.version_info < (3, 11), "no such option")
    def test_columns_of_tracebacks_are_left_out_with_the_option_only(self):
        self.write("module.py", "def f(a):\n    return a[0] + a[1]['x']\n")
        self.write("p.py", "import module\nmodule.f([1, {}]) + 1\n")
        self.alternate(["-X", "no_debug_ranges", "p.py"], ["p.py"])

    def test_script_is_warned_of_in_each_run(self):
        self.write("p.py", IS_FIVE)
        oracle = self.assert_output_like_python("p.py", runs=3)
        self.assertIn("SyntaxWarning", oracle.stderr)
        self.alternate(["p.py"], ["-W", "ignore", "p.py"], ["-W", "error", "p.py"])
        # Up to CPython 3.11 a warning that the default filters do not show.
        self.write("q.py", "print('\\d')\n")
        self.alternate(["q.py"], ["-W", "once", "q.py"], ["-W", "always", "q.py"])

    def test_script_that_ran_without_a_word_is_an_error_where_warnings_are(self):
        self.write("p.py", IS_FIVE)
        self.alternate(["-W", "ignore", "p.py"], ["-W", "error", "p.py"])
        self.write("q.py", "print('\\d')\n")
        self.alternate(["-W", "ignore", "q.py"], ["-W", "error", "q.py"])

    def test_script_that_is_warned_of_is_scanned_and_comes_from_memory(self):
        self.write("helper.py", "value = 1\n")
        self.write("p.py", IS_FIVE + "import helper\nprint(helper.value, __file__)\n")
        for _ in range(3):
            result = self.launch("p.py", ranks=2, nodes=2, options=["--report"], env=self.env)
            self.assert_ended(result)
            missed = result.stderr.partition("asked of the file system")[2]
            self.assertNotIn(str(self.folder), missed)

    def test_warning_before_a_syntax_error(self):
        self.write("p.py", IS_FIVE + "x = = 1\n")
        self.assert_output_like_python("p.py")

    def test_module_that_is_never_imported_warns_of_nothing(self):
        self.write("fallback.py", "b = 1\nc = b is 1\n")
        self.write("p.py", "try:\n    import json\nexcept ImportError:\n    import fallback\n")
        self.assert_output_like_python("p.py")

    def test_module_warns_where_it_is_imported(self):
        self.write("helper.py", "b = 1\nc = b is 1\nimport further\n")
        self.write("further.py", "print('further')\n")
        self.write("p.py", "print('before', flush=True)\nimport helper\n")
        oracle = self.assert_output_like_python("p.py", runs=3, env=self.env)
        self.assertIn("SyntaxWarning", oracle.stderr)
        for action in ("error", "once", "always"):
            self.assert_output_like_python("-W", action, "p.py", env=self.env)

    def test_module_in_an_archive_warns_where_it_is_imported(self):
        with zipfile.ZipFile(self.folder / "archive.zip", "w") as archive:
            archive.writestr("fallback.py", "b = 1\nc = b is 1\n")
        self.write("p.py", "try:\n    import json\nexcept ImportError:\n    import fallback\n")
        self.assert_output_like_python("p.py", env={"PYTHONPATH": self.folder / "archive.zip"})


class Bytecode(harness.Case):
    """A script is bytecode if it begins like bytecode, whatever its name."""

    TEXT = "print('ran', __file__, globals().get('__cached__', 'no'), type(__loader__).__name__)\n"

    def compile(self, name):
        source = self.write("source.py", self.TEXT)
        py_compile.compile(str(source), cfile=str(self.folder / name))
        source.unlink()

    def test_without_a_suffix(self):
        for name in ("compiled", "compiled.py"):
            self.compile(name)
            oracle = self.assert_output_like_python(name, runs=3)
            self.assertIn("SourcelessFileLoader", oracle.stdout)

    def test_without_a_suffix_and_without_a_broadcast(self):
        self.compile("compiled")
        self.assert_output_like_python("compiled", options=["--no-broadcast"])

    def test_of_another_version(self):
        for name in ("compiled", "compiled.pyc"):
            self.compile(name)
            path = self.folder / name
            path.write_bytes(path.read_bytes()[:2] + b"\x00\x00" + path.read_bytes()[4:])
            self.assert_output_like_python(name)

    def test_text_that_takes_its_place(self):
        self.compile("p")
        self.assert_output_like_python("p")
        self.write("p", "print('text', type(__loader__).__name__)\n")
        self.assert_output_like_python("p")


if __name__ == "__main__":
    unittest.main()
