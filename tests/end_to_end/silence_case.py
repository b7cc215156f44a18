# SPDX-License-Identifier: BSD-3-Clause
"""Jobs whose ranks are traced, to count what they ask the file system for."""

import json
import os
import subprocess

import harness
import strace_log


def python_folders():
    """The standard library, site-packages, and libpython, as rank 0 knows them."""
    text = subprocess.run(
        [harness.PYTHON, "-c", "import sys, sysconfig, site, os\n"
         "v = sysconfig.get_config_var\n"
         "print('\\n'.join({sysconfig.get_path('stdlib'), *site.getsitepackages(),\n"
         "  os.path.realpath(v('LIBDIR') + '/' + v('INSTSONAME')), v('LIBDIR') + '/' + v('INSTSONAME'),\n"
         "  '/usr/lib/python%d%d.zip' % sys.version_info[:2], '/usr/local/lib/python%d.%d' % sys.version_info[:2]}))"],
        check=True, capture_output=True, text=True, env=harness.clean_environment()).stdout
    return text.split()


# Fewer where the same is tested with several interpreters.
RANKS = int(os.environ.get("PYLAUNCH_TEST_RANKS") or 4)


class SilenceCase(harness.Case):
    """Jobs of which each rank is traced."""

    def setUp(self):
        super().setUp()
        harness.tool("strace")
        self.wrapper = strace_log.write_wrapper(self.folder.parent / "traced")
        self.watched = [*python_folders(), str(self.folder)]

    def traced(self, *arguments, ranks=3, nodes=1, env=(), status=0, **options):
        prefix = self.folder.parent / f"trace{self.runs}"
        self.result = self.launch(*arguments, ranks=ranks, nodes=nodes, wrap=[self.wrapper],
                                  env={"TEST_TRACE": prefix, **dict(env)}, **options)
        self.assert_ended(self.result, status)
        return [strace_log.calls_below(f"{prefix}.{rank}", self.watched) for rank in range(ranks)]

    def assert_silent(self, calls, at_most=0):
        self.assertGreater(len(calls[0]), 20, "rank 0 must have read, or the trace is not understood")
        for rank, lines in enumerate(calls[1:], 1):
            self.assertLessEqual(len(lines), at_most, f"rank {rank} asked:\n" + "\n".join(lines[:40]))

    def check_data(self, *arguments, ranks=RANKS, env=(), status=0, python=harness.PYTHON, at_most=0):
        """Every rank reports what python3 reports, in the first run, on two nodes and on one; from
        the second run on, ranks other than 0 ask for nothing (or AT_MOST). Returns the report."""
        oracle = self.python(*arguments, python=python, env=env)
        self.assert_ended(oracle, status)
        expected = json.loads(json.dumps(oracle.reports[0]))
        env = {"PYLAUNCH_PYTHON": python, **dict(env)}
        for run, nodes in enumerate((2, 2, 1), 1):
            calls = self.traced(*arguments, ranks=ranks, nodes=nodes, env=env, status=status)
            self.assertEqual(sorted(self.result.reports), list(range(ranks)), repr(self.result))
            for rank, actual in self.result.reports.items():
                found = list(harness.differences(expected, actual))
                self.assertFalse(found, f"rank {rank} of run {run}:\n" + "\n".join(found))
            if run > 1:
                self.assert_silent(calls, at_most)
        return expected
