# SPDX-License-Identifier: BSD-3-Clause
"""Programs that run or watch other programs, and libraries that play with imports."""

import os
import re
import unittest

import harness
from test_installs import developer_python


class Tools(harness.Case):
    """Each is run by python3 and by 4 ranks on 2 nodes, twice."""

    def setUp(self):
        super().setUp()
        self.write("target.py", "import helper\n\n\ndef double(x):\n    return helper.add(x, x)\n\n\n"
                   "if __name__ == '__main__':\n    print('result', double(4))\n")
        self.write("helper.py", "def add(a, b):\n    if a is None:\n        return b\n    return a + b\n")

    def outputs(self, *arguments, python=None, status=0, clean=lambda text: text, ranks=4, stdin=None, env=()):
        """(stdout, stderr) of python3 and of each run, which are alike. Each rank writes files of
        its own: the output of several would be mixed."""
        python = python or harness.PYTHON
        env = {"PYLAUNCH_PYTHON": python, "PYTHONDONTWRITEBYTECODE": "1", **dict(env)}
        oracle = self.python(*arguments, python=python, env=env, stdin=stdin)
        self.assert_ended(oracle, status)
        expected = clean(oracle.stdout), clean(oracle.stderr)
        for nodes in (2, 1):
            result = self.launch(*arguments, ranks=1, env=env, stdin=stdin)
            self.assert_ended(result, status)
            self.assertEqual((clean(result.stdout), clean(result.stderr)), expected)
            if ranks > 1:
                self.assert_ended(self.launch(*arguments, ranks=ranks, nodes=nodes, env=env), status)
        return expected

    def test_pytest_rewrites_assertions(self):
        self.write("test_sample.py", "import pytest\nimport target\n\n@pytest.fixture\ndef four():\n    return 4\n\n"
                   "def test_good(four):\n    assert target.double(four) == 8\n\n"
                   "def test_bad(four, tmp_path):\n    values = [four, 5]\n    assert target.double(four) in values\n\n"
                   "@pytest.mark.parametrize('n', [1, 2])\ndef test_many(n):\n    assert target.double(n) == 2 * n\n")
        stdout, _ = self.outputs("-m", "pytest", "-p", "no:cacheprovider", "-q", "--color=no", python=developer_python(), status=1,
                                 clean=lambda text: re.sub(r"in [\d.]+s|pytest-of-\S+|0x\w+", "", text))
        self.assertIn("assert 8 in [4, 5]", stdout)
        self.assertIn("3 passed", stdout)

    def test_coverage_run(self):
        def clean(text):
            return re.sub(r"\.coverage\S*", "", text)
        for module in (["target.py"], ["-m", "target"]):
            env = {"COVERAGE_FILE": self.folder / ".coverage"}
            stdout, _ = self.outputs("-m", "coverage", "run", "--parallel-mode", *module, python=developer_python(),
                                     clean=clean, env=env)
            self.assertIn("result 8", stdout)
        self.python("-m", "coverage", "combine", "--quiet", python=developer_python(), env=env)
        report = self.python("-m", "coverage", "report", "-m", python=developer_python(), env=env)
        self.assertRegex(report.stdout, r"helper.py +4 +1 +75% +3")

    def test_pdb(self):
        stdout, _ = self.outputs("-m", "pdb", "target.py", ranks=1,
                                 stdin="break helper.add\ncontinue\nargs\nlist\nwhere\ncontinue\nquit\n")
        self.assertIn("return a + b", stdout)

    def test_profilers_and_tracers(self):
        def clean(text):
            lines = [line for line in text.splitlines() if re.search(r"target\.py|helper\.py|result", line)]
            return sorted(re.sub(r"[\d.]+", "N", line).strip() for line in lines)
        for tool in (["cProfile", "-s", "name"], ["trace", "--trace", "--ignore-dir=/usr"], ["timeit", "-n1", "-r1"]):
            program = ["import target; print('result', target.double(4))"] if tool[0] == "timeit" else ["target.py"]
            stdout, _ = self.outputs("-m", *tool, *program, clean=clean, ranks=1 if tool[0] == "trace" else 4)
            self.assertIn("result", " ".join(stdout))

    def test_import_times(self):
        def modules(text):
            names = re.findall(r"(?m)^import time: +\d+ \| +\d+ \| +(\S+)$", text)
            return [name for name in names if name in ("helper", "target", "json", "json.decoder")]
        self.write("program.py", "import json, target\n")
        _, names = self.outputs("-X", "importtime", "program.py", clean=modules)
        self.assertIn("json.decoder", names)

    def test_faulthandler(self):
        self.write("program.py", "import faulthandler, sys, target\ndef f():\n"
                   "    faulthandler.dump_traceback(all_threads=False)\nf()\n"
                   "print(faulthandler.is_enabled())\n")
        stdout, stderr = self.outputs("-X", "faulthandler", "program.py")
        self.assertEqual(stdout, "True\n")
        self.assertIn('program.py", line 3 in f', stderr)

    def test_lazy_loader(self):
        self.write("lazy.py", "import sys\nsys.modules['marker'] = sys\nvalue = 5\n")
        self.write("program.py", harness.PREAMBLE + """
import importlib.util, sys
def lazy(name):
    spec = importlib.util.find_spec(name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
modules = [lazy(n) for n in ("lazy", "helper", "json")]
before = "marker" in sys.modules
report([before, modules[0].value, "marker" in sys.modules, modules[1].add(1, 2), modules[0].__file__,
        modules[2].loads("[1]"), type(modules[0]).__name__])
""")
        self.assert_like_python("program.py", ranks=4, nodes=2)

    def test_module_that_is_loaded_lazily_and_never_used_is_not_loaded_at_the_end(self):
        self.write("lazy.py", "print('loaded')\n")
        self.write("program.py", """
import importlib.util, sys
spec = importlib.util.find_spec("lazy")
spec.loader = importlib.util.LazyLoader(spec.loader)
module = importlib.util.module_from_spec(spec)
sys.modules["lazy"] = module
spec.loader.exec_module(module)
""")
        self.assert_output_like_python("program.py")

    def test_numba_with_a_cache(self):
        self.write("compiled.py", "import numba\n\n@numba.njit(cache=True)\ndef total(n):\n    s = 0\n"
                   "    for i in range(n):\n        s += i\n    return s\n")
        self.write("program.py", harness.PREAMBLE + """
import compiled, os
value = compiled.total(10)
report([value, os.path.dirname(compiled.total.stats.cache_path)])
""")
        self.timeout = 100
        env = {"PYLAUNCH_PYTHON": developer_python()}
        self.assert_like_python("program.py", python=developer_python(), ranks=4, nodes=2, env=env)
        self.assertTrue(list(self.folder.glob("__pycache__/compiled.total*.nbi")), os.listdir(self.folder))


class Backports(harness.Case):
    """The standard library's interfaces under the names that PyPI has them by."""

    def test_metadata_and_resources(self):
        self.write("package/__init__.py")
        self.write("package/data.txt", "text\n")
        self.write("program.py", harness.PREAMBLE + """
import importlib_metadata as m, importlib_resources as r
files = r.files("package")
report([m.version("six"), sorted(p.name for p in files.iterdir() if p.name != "__pycache__"),
        (files / "data.txt").read_text(), sorted(e.value for e in m.entry_points(group="console_scripts")),
        len(list(m.distributions())), str(files), isinstance(files / "data.txt", type(files))])
""")
        env = {"PYLAUNCH_PYTHON": developer_python()}
        self.assert_like_python("program.py", python=developer_python(), ranks=4, nodes=2, env=env)


if __name__ == "__main__":
    unittest.main()
