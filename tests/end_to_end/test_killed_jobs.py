# SPDX-License-Identifier: BSD-3-Clause
"""Jobs that are killed while their program runs, as at a time limit, are learned from, too."""

import json
import os
import signal
import time
import unittest
from pathlib import Path

import harness

PROGRAM = harness.PREAMBLE + """
import importlib, os, sys, time
names = [importlib.import_module(name).__name__ for name in sys.argv[1].split(",")]
report(names)
if sys.argv[2] == "stay":
    time.sleep(60)
elif sys.argv[2] == "fork":
    child = os.fork()
    if child != 0:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def descendants(pid):
    """Process numbers; ranks are in sessions of their own, so a process group is not enough."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()  # state, parent, ...
        except OSError:  # it has ended
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found = []
    unvisited = [pid]
    while unvisited:
        children = parents.get(unvisited.pop(), [])
        found += children
        unvisited += children
    return found


class Killed(harness.Case):
    def setUp(self):
        super().setUp()
        self.write("program.py", PROGRAM)

    def kill_after(self, is_time):
        def act(process):
            limit = time.monotonic() + 30
            while not is_time() and time.monotonic() < limit:
                time.sleep(0.05)
            for pid in [process.pid, *descendants(process.pid)]:
                os.kill(pid, signal.SIGKILL)
        return act

    def has_run_for(self, seconds):
        """Since the program of each of two ranks has reported."""
        def is_time():
            times = [path.stat().st_mtime for path in self.reports.iterdir()]
            return len(times) == 2 and time.time() > max(times) + seconds
        return is_time

    def has_learned(self, word):
        return lambda: any(word in path.read_text() for path in self.manifests.glob("*.manifest"))

    def modules_from_files(self, names):
        """Their names, of all ranks, in a run that ends by itself."""
        target = self.folder / "report.json"
        result = self.launch("program.py", names, "end", options=[f"--report={target}"])
        self.assert_ended(result)
        told = json.loads(target.read_text())
        return [module["name"] for rank in told["ranks"] for module in rank["modules"]
                if module["origin"] != "memory"]

    def test_next_run_imports_from_memory_what_the_killed_one_has_used(self):
        self.launch("program.py", "colorsys,calendar", "stay", options=["--learn-after=1"],
                    act=self.kill_after(self.has_learned("/calendar.py")))
        self.assertTrue(list(self.manifests.glob("*.bundle")))
        self.assertEqual(self.modules_from_files("colorsys,calendar"), [])

    def test_what_is_imported_late_is_learned_later(self):
        self.launch("program.py", "colorsys", "end")
        self.launch("program.py", "colorsys,calendar", "stay", options=["--learn-after=1"],
                    act=self.kill_after(self.has_learned("/calendar.py")))
        self.assertEqual(self.modules_from_files("colorsys,calendar"), [])

    def test_nothing_is_learned_before_its_time(self):
        self.launch("program.py", "colorsys", "stay", options=["--learn-after=0"],
                    act=self.kill_after(self.has_run_for(2)))
        self.assertEqual(list(self.manifests.glob("*.manifest")), [])

    def test_forked_child_of_a_program_ends_while_it_is_learned_from(self):
        result = self.launch("program.py", "colorsys", "fork", options=["--learn-after=1"])
        self.assert_ended(result)

    def test_program_that_ends_while_it_is_learned_from_ends_at_once(self):
        result = self.launch("program.py", "colorsys", "end", options=["--learn-after=50"])
        self.assert_ended(result)
        self.assertLess(result.seconds, 20)


if __name__ == "__main__":
    unittest.main()
