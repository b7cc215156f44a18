# SPDX-License-Identifier: BSD-3-Clause
"""From inside, every rank looks like python3: sys, site, builtins, __main__, for each way to start."""

import os
import py_compile
import shutil
import subprocess
import sys
import unittest
import zipfile

import harness
from environment_probe import PROBE, allowed

PROGRAM = harness.PREAMBLE + PROBE


class Probed(harness.Case):
    def probe(self, *arguments, runs=1, **options):
        return self.assert_like_python(*arguments, runs=runs, allowed=allowed, **options)


class Programs(Probed):
    """The ways to name a program, each in a first and a second run."""

    def test_script(self):
        self.write("probe.py", PROGRAM)
        self.probe("probe.py", "one", "--two", "-O", runs=2, ranks=3)

    def test_script_by_absolute_path_from_another_folder(self):
        path = self.write("programs/probe.py", PROGRAM)
        self.probe(path, runs=2)

    def test_script_in_a_folder_below(self):
        self.write("below/probe.py", PROGRAM)
        self.probe("below/probe.py")
        self.probe("./below/../below/probe.py")

    def test_script_behind_a_link(self):
        self.write("real/probe.py", PROGRAM)
        (self.folder / "link.py").symlink_to("real/probe.py")
        self.probe("link.py", runs=2)

    def test_script_without_suffix_and_with_odd_name(self):
        self.write("a näme with blanks", PROGRAM)
        self.probe("a näme with blanks", env={"LC_ALL": "C.UTF-8"})

    def test_command(self):
        self.probe("-c", PROGRAM, "one", "-x", runs=2)

    def test_indented_command(self):
        """Since CPython 3.14 it is dedented first; before, it is an error."""
        text = "\n    " + PROGRAM.replace("\n", "\n    ")
        if sys.version_info >= (3, 14):
            self.probe("-c", text, runs=2)
        else:
            result = self.launch("-c", text, ranks=1)
            self.assertEqual(result.status, 1)
            self.assertEqual(result.stderr, self.python("-c", text).stderr)

    def test_module(self):
        self.write("probe.py", PROGRAM)
        self.probe("-m", "probe", "one", runs=2)

    def test_package(self):
        self.write("package/__init__.py")
        self.write("package/__main__.py", PROGRAM)
        self.probe("-m", "package", "one", runs=2)

    def test_module_of_a_package(self):
        self.write("package/__init__.py", "value = 1\n")
        self.write("package/probe.py", "from . import value\n" + PROGRAM)
        self.probe("-m", "package.probe", runs=2)

    def test_dash_reads_standard_input(self):
        self.probe("-", "one", stdin=PROGRAM, runs=2)

    def test_piped_standard_input(self):
        self.probe(stdin=PROGRAM)

    def test_folder_with_main(self):
        self.write("app/__main__.py", "import helper\n" + PROGRAM)
        self.write("app/helper.py")
        self.probe("app", "one", runs=2)

    def test_archive_with_main(self):
        with zipfile.ZipFile(self.folder / "app.zip", "w") as archive:
            archive.writestr("__main__.py", "import helper\n" + PROGRAM)
            archive.writestr("helper.py", "")
        self.probe("app.zip", "one", runs=2)

    def test_bytecode_script(self):
        source = self.write("probe.py", PROGRAM)
        py_compile.compile(str(source), cfile=str(self.folder / "compiled.pyc"))
        source.unlink()
        self.probe("compiled.pyc", "one", runs=2)


class Options(Probed):
    """CPython's own options mean what they mean to python3."""

    def each(self, *options):
        self.write("probe.py", PROGRAM)
        self.write("usercustomize.py", "raise SystemExit('not to be run')\n", self.home)
        for option in options:
            with self.subTest(" ".join(option)):
                self.probe(*option, "probe.py", "argument")

    def test_optimisation_and_bytecode(self):
        self.each(["-O"], ["-OO"], ["-B"], ["-OB"])

    def test_isolation(self):
        self.each(["-I"], ["-E"], ["-s"], *([["-P"]] if sys.version_info >= (3, 11) else []))

    def test_without_site(self):
        self.each(["-S"], ["-IS"])

    def test_streams_and_verbosity(self):
        self.each(["-u"], ["-q"], ["-bb"])

    def test_implementation_options(self):
        self.each(["-X", "dev"], ["-X", "utf8"], ["-X", "faulthandler"], ["-X", "no_debug_ranges"],
                  ["-X", "importtime=0", "-X", "anything=1"], ["-X", "frozen_modules=off"],
                  *([["-X", "warn_default_encoding"]] if sys.version_info >= (3, 10) else []))

    def test_warnings(self):
        self.each(["-W", "error"], ["-W", "ignore::DeprecationWarning", "-W", "default"])

    def test_first_line_skipped(self):
        self.write("odd.py", "this is no python\n" + PROGRAM)
        self.probe("-x", "odd.py")

    def test_hash_based_bytecode_modes(self):
        self.each(["--check-hash-based-pycs", "always"], ["--check-hash-based-pycs", "never"])


class Variables(Probed):
    """The environment's PYTHON variables mean what they mean to python3."""

    def each(self, *variables):
        self.write("probe.py", PROGRAM)
        for env in variables:
            with self.subTest(str(env)):
                self.probe("probe.py", env=env)

    def test_search_path(self):
        self.write("extra/extra_module.py")
        self.each({"PYTHONPATH": self.folder / "extra"}, {"PYTHONPATH": "extra:/nonexistent"},
                  {"PYTHONPATH": "", "PYTHONSAFEPATH": "1"}, {"PYTHONPLATLIBDIR": "lib"})

    def test_hash_seed(self):
        self.each({"PYTHONHASHSEED": "0"}, {"PYTHONHASHSEED": "42"})

    def test_startup_file_is_for_the_prompt_only(self):
        self.write("startup.py", "raise SystemExit('not to be run')\n")
        self.each({"PYTHONSTARTUP": self.folder / "startup.py"})

    def test_flags(self):
        self.each({"PYTHONOPTIMIZE": "2"}, {"PYTHONDONTWRITEBYTECODE": "1"}, {"PYTHONUNBUFFERED": "1"},
                  {"PYTHONDEVMODE": "1"}, {"PYTHONNOUSERSITE": "1"}, {"PYTHONWARNINGS": "error::UserWarning"})

    def test_encodings(self):
        self.each({"PYTHONUTF8": "1"}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0"},
                  {"PYTHONIOENCODING": "latin-1:replace"})

    def test_cache_prefix(self):
        self.each({"PYTHONPYCACHEPREFIX": self.folder / "cache"})

    def test_user_site_and_customisation(self):
        user_site = self.python("-m", "site", "--user-site").stdout.strip()
        site_folder = self.home / user_site.removeprefix(str(self.home)).lstrip("/")
        site_folder.mkdir(parents=True)
        self.write("usercustomize.py", "import builtins\nbuiltins.customised = 'by the user'\n", site_folder)
        self.write("lines.pth", "import sys; sys.from_pth = 'yes'\n/nonexistent\n", site_folder)
        self.write("sitecustomize.py", "import builtins\nbuiltins.site_customised = 1\n")
        self.write("probe.py", PROGRAM)
        found = self.probe("probe.py", env={"PYTHONPATH": self.folder}, runs=2)
        self.assertIn("customised", found["builtins"])
        self.assertIn("site_customised", found["builtins"])
        self.assertEqual(found["sys"]["from_pth"], "'yes'")


class VirtualEnvironments(Probed):
    """An activated environment, or one named by --python, decides prefix and search path."""

    def make(self, *options):
        folder = self.folder / "venv"
        subprocess.run([harness.PYTHON, "-m", "venv", "--without-pip", *options, str(folder)], check=True,
                       stdout=subprocess.DEVNULL, env=harness.clean_environment())
        version = "python%d.%d" % sys.version_info[:2]
        site = folder / "lib" / version / "site-packages"
        self.write("only_here.py", "value = 7\n", site)
        self.write("extra.pth", "../../../extra\nimport sys; sys.from_pth = 1\n", site)
        (folder / "extra").mkdir()
        return folder / "bin" / "python3"

    def check(self, python):
        self.write("probe.py", "import only_here\n" + PROGRAM)
        found = self.probe("probe.py", python=python, options=["--python", python], runs=2)
        self.assertEqual(found["sys"]["executable"], repr(str(python)))
        self.assertEqual(found["sys"]["from_pth"], "1")
        self.assertNotEqual(found["sys"]["prefix"], found["sys"]["base_prefix"])

    def test_isolated_environment(self):
        self.check(self.make())

    def test_environment_with_system_packages(self):
        self.check(self.make("--system-site-packages"))

    def test_activated_environment(self):
        python = self.make()
        self.write("probe.py", "import only_here\n" + PROGRAM)
        self.probe("probe.py", python=python,
                   env={"VIRTUAL_ENV": python.parent.parent, "PYLAUNCH_PYTHON": None})

    def test_interpreter_below_a_folder_whose_name_is_no_utf8(self):
        python = self.folder / os.fsdecode(b"caf\xe9") / "python3"
        python.parent.mkdir()
        shutil.copy(harness.PYTHON, python)
        self.write("program.py", harness.PREAMBLE + "import sys\nreport([sys.executable, sys.prefix, sys.path])\n")
        self.assert_like_python("program.py", python=python, options=["--python", python])


class Children(harness.Case):
    """Children of the program are plain pythons."""

    @unittest.skipIf(sys.version_info < (3, 13), "their sys.path has no folder of the program there")
    def test_interpreters_of_the_program_find_its_modules(self):
        self.write("helper.py", "value = 5\n")
        self.write("program.py", harness.PREAMBLE + """
import _interpreters, os
end, beginning = os.pipe()
made = _interpreters.create()
failure = _interpreters.exec(made, f"import helper, json, os, sys; "
                             f"os.write({beginning}, repr([helper.value, sys.path[0], json.__file__]).encode())")
_interpreters.destroy(made)
report([failure, os.read(end, 10000).decode()])
""")
        self.assert_like_python("program.py")

    def test_subprocess_and_multiprocessing_use_the_real_interpreter(self):
        self.write("program.py", harness.PREAMBLE + """
import multiprocessing, subprocess, sys
def square(x):
    return x * x
if __name__ == "__main__":
    text = subprocess.run([sys.executable, "-c", "import sys; print(sys.executable)"],
                          capture_output=True, text=True, check=True).stdout
    results = {}
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            results[method] = pool.map(square, range(4))
    report([text, results, sys.executable])
""")
        self.assert_like_python("program.py", ranks=2)


if __name__ == "__main__":
    unittest.main()
