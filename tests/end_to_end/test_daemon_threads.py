# SPDX-License-Identifier: BSD-3-Clause
"""Daemon threads that are at work when the program ends: the job ends as if they were not there."""

import unittest

import harness


class DaemonThreads(harness.Case):
    timeout = 30

    def check(self, work, status=0, runs=2, **options):
        """The thread does `work` without end, or what takes longer than the program."""
        self.write("program.py", f"""
import sys, threading, time
from mpi4py import MPI
started = threading.Event()
def run():
{work}
threading.Thread(target=run, daemon=True).start()
started.wait()
time.sleep(0.05)
print("end")
sys.exit({status})
""")
        for _ in range(runs):
            for ranks in (1, 2):
                result = self.launch("program.py", ranks=ranks, env={"PYLAUNCH_MPI4PY": "native"}, **options)
                self.assertEqual((result.status, result.stdout.split(), result.stderr),
                                 (status, ["end"] * ranks, ""), repr(result))

    def test_in_an_import(self):
        self.write("slow.py", "import time\nfor _ in range(500):\n    time.sleep(0.002)\n")
        for status in (0, 3):
            self.check("    started.set()\n    import slow", status)
        self.check("    started.set()\n    import slow", nodes=2, runs=1)

    def test_in_an_import_from_the_file_system(self):
        self.write("slow.py", "import time\nfor _ in range(500):\n    time.sleep(0.002)\n")
        self.check("    started.set()\n    import slow", options=["--no-broadcast"], runs=1)

    def test_in_imports_of_many_modules(self):
        names = "argparse csv ctypes decimal email.message http.client logging.handlers sqlite3 unittest xml.sax"
        self.check(f"    import importlib\n    started.set()\n    for name in {names.split()}:\n"
                   "        importlib.import_module(name)\n        time.sleep(0.01)")

    def test_in_calls_of_mpi(self):
        self.check("    comm = MPI.COMM_SELF.Dup()\n    started.set()\n    while True:\n        comm.Barrier()")

    def test_in_messages_of_objects(self):
        self.check("    class Plain: pass\n    comm = MPI.COMM_SELF.Dup()\n    started.set()\n    while True:\n"
                   "        comm.sendrecv([{1: range(99)}] * 99, 0, source=0)")

    def test_in_functions_of_a_reduction(self):
        self.check("    comm = MPI.COMM_SELF.Dup()\n    op = MPI.Op.Create(lambda *_: None)\n    started.set()\n"
                   "    while True:\n        op(1, 2)\n        comm.scan(1, op)")


if __name__ == "__main__":
    unittest.main()
