# SPDX-License-Identifier: BSD-3-Clause
"""What goes wrong is said once, with a documented status, and nothing hangs."""

import os
import re
import unittest

import harness

USAGE, NO_PYTHON, SYSTEM = 64, 69, 71


class BeforeTheProgram(harness.Case):
    """Failures that rank 0 finds end every rank with one message."""

    def check(self, *arguments, status, once, ranks=3, **options):
        result = self.launch(*arguments, ranks=ranks, **options)
        self.assert_ended(result, status)
        self.assertEqual(result.stderr.count(once), 1, repr(result))
        self.assertNotIn("BAD TERMINATION", result.stdout)
        return result

    def test_missing_script(self):
        result = self.check("nowhere.py", status=2, once="nowhere.py")
        oracle = self.python("nowhere.py")
        self.assertEqual(oracle.status, 2)
        self.assertIn("[Errno 2] No such file or directory", result.stderr)

    def test_missing_script_without_a_broadcast(self):
        self.check("nowhere.py", status=2, once="nowhere.py", options=["--no-broadcast"])

    def test_missing_module(self):
        oracle = self.python("-m", "nowhere")
        self.check("-m", "nowhere", status=oracle.status, once="No module named nowhere", ranks=1)

    def test_folder_without_main(self):
        (self.folder / "empty").mkdir()
        oracle = self.python("empty")
        result = self.launch("empty", ranks=1)
        self.assert_ended(result, oracle.status)
        self.assertIn("can't find '__main__' module", result.stderr)

    def test_syntax_error_is_printed_once_as_python_does(self):
        self.write("bad.py", "x = 1\nif x\n    pass\n")
        oracle = self.python("bad.py")
        for _ in range(2):
            result = self.check("bad.py", status=1, once="SyntaxError")
            self.assertEqual(result.stderr, oracle.stderr)

    def test_syntax_error_in_a_command_and_on_standard_input(self):
        self.check("-c", "x = = 1", status=1, once="SyntaxError")
        self.check("-", stdin="x = = 1\n", status=1, once="SyntaxError")

    def test_script_that_is_no_text(self):
        self.write("bad.py", b"\xff\xfe\x01 not python")
        self.assertNotEqual(self.python("bad.py").status, 0)
        result = self.launch("bad.py", ranks=2)
        self.assert_ended(result, 1)

    def test_unreadable_script(self):
        # For root every file is readable; a link in a loop is not.
        (self.folder / "loop.py").symlink_to("loop.py")
        oracle = self.python("loop.py")
        self.check("loop.py", status=oracle.status, once="loop.py")

    def test_script_for_which_there_is_no_memory(self):
        os.truncate(self.write("huge.py"), 1 << 42)
        result = self.check("huge.py", status=SYSTEM, once="out of memory", ranks=2,
                            wrap=[harness.tool("prlimit"), f"--as={1 << 38}"])
        self.assertRegex(result.stderr, r"^pylaunch: rank 0: during collect: out of memory; give .*\n$")

    def test_wrong_option_of_pylaunch(self):
        result = self.check("--reprot", "x.py", status=USAGE, once="--reprot")
        self.assertIn("--help", result.stderr)
        self.check("--thread-level=many", "x.py", status=USAGE, once="funneled")

    def test_wrong_variable_of_pylaunch(self):
        self.check("x.py", status=USAGE, once="PYLAUNCH_LOG_LEVEL", env={"PYLAUNCH_LOG_LEVEL": "loud"})

    def test_wrong_option_of_python(self):
        oracle = self.python("-Z", "x.py")
        self.check("-Z", "x.py", status=oracle.status, once="nknown option", ranks=2)

    def test_report_that_cannot_be_written(self):
        self.write("x.py")
        self.check("x.py", status=USAGE, once="/nonexistent/report.json",
                   options=["--report=/nonexistent/report.json"])

    def test_missing_interpreter(self):
        self.check("x.py", status=NO_PYTHON, once="/nonexistent/python3", options=["--python", "/nonexistent/python3"])
        # mpiexec needs a PATH itself: only its ranks get this one.
        result = self.check("x.py", status=NO_PYTHON, once="during choice of the interpreter",
                            wrap=[harness.tool("env"), "-u", "PYLAUNCH_PYTHON", "PATH=/nonexistent"])
        self.assertIn("--python", result.stderr)

    def test_interpreter_of_another_version_names_those_there_are(self):
        library = self.write("libpython2.99.so")
        fake = self.write("python", f"#!/bin/sh\nprintf '%s\\n' 2.99 '' {self.folder}/python 2.99.0 /usr {library}\n")
        fake.chmod(0o755)
        result = self.check("x.py", status=NO_PYTHON, once="CPython 2.99", options=["--python", fake])
        self.assertRegex(result.stderr, r"it has: .*3\.\d+")

    def test_python_without_a_program_to_run(self):
        for argument in ("-V", "--help-env"):
            oracle = self.python(argument)
            result = self.launch(argument, ranks=2)
            self.assert_ended(result, oracle.status)
            self.assertEqual(result.stdout, oracle.stdout)


class ExitStatus(harness.Case):
    """The status of the program is the status of the job."""

    def check(self, text, status=None, ranks=2, runs=1, **options):
        self.write("program.py", text)
        oracle = self.python("program.py", env={"PMI_RANK": "0"})
        wanted = oracle.status if status is None else status
        for _ in range(runs):
            result = self.launch("program.py", ranks=ranks, **options)
            self.assert_ended(result, wanted)
        return oracle, result

    def test_exit_status_of_script_is_preserved(self):
        for code in ("0", "3", "255", "256", "-1", "None", "True"):
            with self.subTest(code):
                self.check(f"import sys\nsys.exit({code})\n")

    def test_exit_with_a_text_prints_it(self):
        oracle, result = self.check("import sys\nsys.exit('good bye')\n", ranks=1)
        self.assertEqual(oracle.status, 1)
        self.assertEqual(result.stderr, "good bye\n")

    def test_exit_with_a_text_where_there_is_no_stderr(self):
        for change in ("sys.stderr = None", "del sys.stderr"):
            with self.subTest(change):
                oracle, result = self.check(f"import sys\n{change}\nsys.exit('good bye \u00e9')\n", ranks=1)
                self.assertEqual(oracle.status, 1)
                self.assertEqual(result.stderr, oracle.stderr)

    def test_modules_that_are_no_longer_there(self):
        for change in ("del sys.modules", "sys.modules = None", "sys.modules = {}"):
            for end in ("", "1 / 0\n", "sys.exit(3)\n"):
                with self.subTest(change + " " + end):
                    oracle, result = self.check("import atexit, sys\natexit.register(print, 'atexit')\n"
                                                f"{change}\n{end}", ranks=1)
                    self.assertEqual(result.stdout, oracle.stdout)

    def test_system_exit_subclass_and_raise(self):
        self.check("class E(SystemExit):\n    pass\nraise E(5)\n", status=5)

    def test_immediate_exit(self):
        self.check("import os\nos._exit(7)\n", ranks=1)

    def test_system_exit_in_a_thread_ends_only_the_thread(self):
        self.check("import threading, sys\nt = threading.Thread(target=lambda: sys.exit(3))\nt.start()\n"
                   "t.join()\n", status=0)

    def test_exception_in_a_thread_is_printed_and_ends_only_the_thread(self):
        _, result = self.check("import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\n"
                               "t.join()\nprint('end')\n", status=0, ranks=1)
        self.assertIn("ZeroDivisionError", result.stderr)
        self.assertEqual(result.stdout, "end\n")

    def test_threads_are_joined_and_exit_handlers_run(self):
        oracle, result = self.check("""
import atexit, threading, time
atexit.register(print, "atexit")
def work():
    time.sleep(0.3)
    print("thread")
threading.Thread(target=work).start()
print("main")
""", ranks=1)
        self.assertEqual(result.stdout, oracle.stdout)

    def test_exception_in_an_exit_handler_is_printed(self):
        oracle, result = self.check("import atexit\natexit.register(lambda: 1 / 0)\n", ranks=1)
        self.assertIn("ZeroDivisionError", result.stderr)
        without_address = [re.sub(" at 0x[0-9a-f]+", "", r.stderr) for r in (result, oracle)]
        self.assertEqual(*without_address)

    def test_output_that_cannot_be_flushed(self):
        text = "import sys\nsys.stdout = open('/dev/full', 'w')\nprint('x')\n"
        self.check(text, ranks=1)

    def test_no_file_of_the_launcher_takes_the_place_of_a_closed_stream(self):
        self.write("program.py", "import sys\nprint('hello')\nsys.exit((sys.stdin is None) + 2 * (sys.stdout is None))\n")
        for closed, status in (("<&-", 1), (">&-", 2), ("<&- >&-", 3)):
            for _ in range(2):
                command = f"exec {harness.PYLAUNCH} --report=report.txt program.py {closed}"
                result = self.execute(["sh", "-c", command])
                self.assertEqual(result.status, status, repr(result))
                self.assertNotIn("hello", (self.folder / "report.txt").read_text())

    def test_closed_standard_streams(self):
        self.write("program.py", harness.PREAMBLE + "import sys\nreport([sys.stdin is None, sys.stdout is None])\n")
        shell = 'exec "$@" <&- >&-'
        oracle = self.execute(["sh", "-c", shell, "sh", harness.PYTHON, "program.py"])
        result = self.execute(["sh", "-c", shell, "sh", harness.PYLAUNCH, "program.py"])
        self.assert_ended(result)
        self.assertEqual(result.reports, oracle.reports)


class Tracebacks(harness.Case):
    """An uncaught exception prints what python3 prints."""

    def compare(self, text, **options):
        self.write("program.py", text)
        return self.assert_output_like_python("program.py", **options)

    def test_of_script_and_module(self):
        self.write("module.py", "def inner(x):\n    return 1 / x\n\n\ndef outer():\n    return inner(0)\n")
        self.compare("import module\n\ndef main():\n    module.outer()\n\nmain()\n")

    def test_with_causes_notes_groups_and_recursion(self):
        self.compare("try:\n    {}['x']\nexcept KeyError as error:\n    raise ValueError('y') from error\n")
        self.compare("e = ValueError('a')\ne.add_note('a note')\nraise ExceptionGroup('g', [e, OSError(2, 'b')])\n")
        self.compare("def f():\n    f()\nf()\n")

    def test_with_suggestions_and_classes_of_the_script(self):
        self.compare("def f():\n    value = 1\n    return valeu\nf()\n")
        self.compare("import os\nos.pth\n")
        self.compare("class Odd(Exception):\n    pass\n\n\ndef f():\n    raise Odd('two\\nlines')\n\n\nf()\n")

    def test_of_missing_module_and_of_error_within_import(self):
        self.compare("import nowhere\n")
        self.write("broken.py", "import json\nraise RuntimeError('in module')\n")
        self.write("unparsable.py", "x = 1\ndef f(:\n")
        self.compare("def f():\n    import broken\nf()\n")
        self.compare("import unparsable\n")

    def test_of_command_and_standard_input(self):
        self.assert_output_like_python("-c", "def f():\n    1 / 0\nf()")

    def test_without_source_and_with_odd_encoding(self):
        self.write("latin.py", "# coding: latin-1\nname = 'é'; 1 / 0\n".encode("latin-1"))
        self.compare("exec(compile('1 / 0', '<made>', 'exec'))\n")
        self.compare("import latin\n")

    def test_of_unicode_errors_and_failing_str(self):
        self.compare("class E(Exception):\n    def __str__(self):\n        raise ValueError\nraise E\n")
        self.compare("raise ValueError('\\udcff')\n")

    def test_on_a_stream_that_does_not_take_it(self):
        streams = {
            "closed": "sys.stderr.close()",
            "detached": "sys.stderr.detach()",
            "no stream": "sys.stderr = None",
            "deleted": "del sys.stderr",
            "ascii": "sys.stderr = io.TextIOWrapper(sys.stderr.buffer, 'ascii', write_through=True)",
            "full": "sys.stderr = open('/dev/full', 'w')",
            "without flush": "sys.stderr = Some()",
            "that fails": "sys.stderr = Failing()",
        }
        classes = ("class Some:\n    def write(self, text):\n        sys.__stderr__.write(text.replace('V', 'W'))\n"
                   "    def isatty(self):\n        return False\n"
                   "class Failing(Some):\n    def write(self, text):\n        raise OSError\n")
        for name, change in streams.items():
            with self.subTest(name):
                self.write("program.py", f"import io, sys\n{classes}{change}\nraise ValueError('\u00e9')\n")
                oracle, result = self.python("program.py"), self.launch("program.py", ranks=1)
                self.assert_ended(result, oracle.status)
                # Where CPython loses stderr, it tells the addresses of the exception and its class.
                said = [re.sub(r"(?m)^object (address|refcount|type) .*\n", "", r.stderr) for r in (result, oracle)]
                self.assertEqual(*said)

    def test_own_hook_is_called(self):
        self.compare("import sys\ndef hook(*a):\n    print('hook', a[0].__name__)\nsys.excepthook = hook\n1 / 0\n")

    def test_keyboard_interrupt_raised_by_the_program(self):
        self.write("program.py", "raise KeyboardInterrupt\n")
        result = self.launch("program.py", ranks=1)
        self.assertIn(result.status, (130, 2, -2), repr(result))
        self.assertIn("KeyboardInterrupt", result.stderr)


if __name__ == "__main__":
    unittest.main()
