# SPDX-License-Identifier: BSD-3-Clause
"""What ranks other than 0 still ask the file system for in an environment of wheels, with strace."""

import re
import sys
import unittest

import harness
import strace_log
from environments import WheelCase, environment_folder

VERSION = "python%d.%d" % sys.version_info[:2]
# sysconfig, at its import, follows the links of sys.executable and of its makefile's folder.
LINKS = r"AT_SYMLINK_NOFOLLOW|readlink\("
# scipy asks importlib.metadata whether numpy is an editable installation.
METADATA = r"python3\d+\.zip|dist-info|O_DIRECTORY|getdents64|AT_EMPTY_PATH|\w\", \{st_mode=S_IFDIR"
# matplotlib's own configuration, which it reads while it is imported, and the names of its style sheets.
MATPLOTLIB = r"/(matplotlibrc|stylelib)[\">]|\"matplotlibrc\""


class Silence(WheelCase):
    def setUp(self):
        super().setUp()
        harness.tool("strace")
        self.wrapper = strace_log.write_wrapper(self.folder.parent / "traced")
        self.watched = [str(environment_folder("venv")), str(self.folder), "/usr/lib/python3",
                        "/usr/lib/" + VERSION, "/usr/local/lib/" + VERSION]

    def second_run(self, text, ranks=4, nodes=1):
        """The calls of each rank in the second run."""
        self.write("program.py", text)
        env = {"PYLAUNCH_PYTHON": environment_folder("venv") / "bin/python3", "OPENBLAS_NUM_THREADS": "1",
               "MPLCONFIGDIR": self.home / "matplotlib"}
        self.assert_ended(self.launch("program.py", ranks=ranks, nodes=nodes, env=env))
        prefix = self.folder.parent / f"trace{self.runs}"
        result = self.launch("program.py", ranks=ranks, nodes=nodes, wrap=[self.wrapper],
                             env={"TEST_TRACE": prefix, **env})
        self.assert_ended(result)
        calls = [strace_log.calls_below(f"{prefix}.{rank}", self.watched) for rank in range(ranks)]
        self.assertGreater(len(calls[0]), 100, "rank 0 must have asked, or the trace is not understood")
        return calls[1:]

    def assert_silent(self, ranks, remainder=None):
        """Nothing but what matches `remainder`, and little of that."""
        for rank, lines in enumerate(ranks, 1):
            left = [line for line in lines if remainder is None or not re.search(remainder, line)]
            self.assertEqual(left, [], f"rank {rank} asked")
            self.assertLess(len(lines), 40, f"rank {rank} asked too often:\n" + "\n".join(lines))

    def test_numpy_and_scipy(self):
        text = ("import numpy, scipy.linalg, scipy.sparse.linalg, scipy.optimize\n"
                "scipy.linalg.inv(numpy.eye(3) * 2)\n")
        self.assert_silent(self.second_run(text), LINKS + "|" + METADATA)
        self.assert_silent(self.second_run(text, nodes=2), LINKS + "|" + METADATA)

    def test_numpy_alone(self):
        # With CPython 3.14 it imports sysconfig.
        links = LINKS if sys.version_info >= (3, 14) else None
        self.assert_silent(self.second_run("import numpy\nnumpy.linalg.inv(numpy.eye(3) * 2)\n"), links)

    def test_pandas_and_h5py(self):
        self.assert_silent(self.second_run("import pandas, h5py\n"
                                           "pandas.DataFrame({'a': [1, 1], 'b': [2, 3]}).groupby('a').sum()\n"), LINKS)

    def test_matplotlib(self):
        text = ("import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot\n"
                "assert len(matplotlib.style.available) > 20\n")
        self.assert_silent(self.second_run(text), LINKS + "|" + MATPLOTLIB)


if __name__ == "__main__":
    unittest.main()
