# SPDX-License-Identifier: BSD-3-Clause
"""Ranks that import different things, in different orders, at different times: no import waits."""

import os
import random
import sys
import unittest

import harness


class Divergence(harness.Case):
    timeout = 40

    def check(self, *arguments, status=0, ranks=4):
        """First and later run, on one node and on two, end in time; gives all runs' reports."""
        reports = []
        for nodes in (1, 2, 1):
            result = self.launch(*arguments, ranks=ranks, nodes=nodes)
            self.assert_ended(result, status)
            self.assertEqual(len(result.reports), ranks, repr(result))
            reports.append(result.reports)
        return reports

    def write_graph(self, count):
        """Modules that import others, before and after they have set their value, some in circles."""
        seed = int(os.environ.get("PYLAUNCH_TEST_SEED") or random.SystemRandom().randrange(10 ** 6))
        print(f"PYLAUNCH_TEST_SEED={seed}", file=sys.stderr)
        chance = random.Random(seed)
        for i in range(count):
            others = [f"import graph.m{chance.randrange(count)}" for _ in range(3)]
            missing = f"try:\n    import graph.none{chance.randrange(9)}\nexcept ImportError:\n    pass"
            local = f"def late():\n    import graph.m{chance.randrange(count)} as m\n    return m.value"
            lines = [others[0], missing, f"value = {i}", others[1], local, others[2]]
            self.write(f"graph/m{i}.py", "\n".join(lines) + "\n")
        self.write("graph/__init__.py", "")
        return seed

    def test_different_orders(self):
        seed = self.write_graph(40)
        self.program("""
from mpi4py import MPI
import importlib, random
rank = MPI.COMM_WORLD.rank
names = list(range(40))
random.Random(%d + rank).shuffle(names)
chosen = names[:10 + 7 * rank]
values = [importlib.import_module(f"graph.m{i}").value == i for i in chosen]
late = [isinstance(importlib.import_module(f"graph.m{i}").late(), int) for i in chosen[:5]]
total = MPI.COMM_WORLD.allreduce(len(chosen))
import colorsys if rank == 1 else wave
report([all(values), all(late), total])
""".replace("import colorsys if rank == 1 else wave", "importlib.import_module('colorsys' if rank == 1 else 'wave')")
                     % seed)
        for reports in self.check("program.py"):
            for rank in range(4):
                self.assertEqual(reports[rank], [True, True, 10 + 17 + 24 + 31])

    def test_in_threads(self):
        seed = self.write_graph(30)
        self.program("""
from mpi4py import MPI
import importlib, random, threading
rank = MPI.COMM_WORLD.rank
wrong = []
def work(number):
    names = list(range(30))
    random.Random(%d + 100 * rank + number).shuffle(names)
    for i in names:
        try:
            if importlib.import_module(f"graph.m{i}").value != i:
                wrong.append(i)
        except AttributeError:  # circles of imports in threads have this with python3, too
            pass
        except ImportError as error:
            wrong.append(str(error))
    importlib.import_module(random.Random(number + rank).choice(["json", "decimal", "xml.dom", "email.message"]))
threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
for thread in threads:
    thread.start()
# The main thread communicates meanwhile.
sums = [MPI.COMM_WORLD.allreduce(i) for i in range(20)]
for thread in threads:
    thread.join()
report([wrong, sums])
""" % seed)
        for reports in self.check("program.py"):
            for rank in range(4):
                self.assertEqual(reports[rank], [[], [4 * i for i in range(20)]])

    def test_collectives_at_import_time(self):
        self.write("meeting.py", "from mpi4py import MPI\ntotal = MPI.COMM_WORLD.allreduce(1)\nimport decimal\n"
                   "MPI.COMM_WORLD.Barrier()\ntext = MPI.COMM_WORLD.bcast('of rank 0', 0)\n")
        self.write("only_here.py", "import json\n")
        self.program("""
import importlib, os, time
rank = int(os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")))
if rank == 0:
    importlib.import_module("xml.dom.minidom")
elif rank == 1:
    time.sleep(0.3)
    import only_here
elif rank == 2:
    try:
        import not_there
    except ImportError:
        import fractions
import meeting
report([meeting.total, meeting.text])
""")
        for reports in self.check("program.py"):
            self.assertEqual([reports[rank] for rank in range(4)], [[4, "of rank 0"]] * 4)

    def test_one_rank_imports_while_the_others_wait_for_its_message(self):
        self.write("slow.py", "import time\ntime.sleep(0.2)\nimport statistics\nvalue = 3\n")
        for chosen in (0, 3):
            self.program("""
from mpi4py import MPI
comm = MPI.COMM_WORLD
value = None
if comm.rank == %d:
    import slow, difflib
    value = slow.value
report([comm.bcast(value, root=%d), comm.alltoall([comm.rank] * comm.size)])
""" % (chosen, chosen))
            for reports in self.check("program.py"):
                self.assertEqual([reports[rank] for rank in range(4)], [[3, [0, 1, 2, 3]]] * 4)

    def test_late_in_the_run(self):
        self.program("""
from mpi4py import MPI
import atexit, sys
comm = MPI.COMM_WORLD
class Last:
    def __del__(self):
        import string
def at_end():
    import textwrap, json.decoder
    if comm.rank != 2:
        import csv
    report([comm.rank, json.decoder.__name__])
atexit.register(at_end)
last = Last()
for step in range(4):
    if step == comm.rank:
        __import__(["bisect", "heapq", "calendar", "plistlib"][step])
    comm.Barrier()
if comm.rank == 3:
    sys.exit(0)
import sched
""")
        for reports in self.check("program.py"):
            self.assertEqual([reports[rank] for rank in range(4)], [[r, "json.decoder"] for r in range(4)])

    def test_an_import_that_fails_on_one_rank_ends_the_job(self):
        self.write("broken.py", "import json\nraise RuntimeError('broken on purpose')\n")
        self.program("""
from mpi4py import MPI
if MPI.COMM_WORLD.rank == 2:
    import broken
MPI.COMM_WORLD.Barrier()
""")
        for _ in range(2):
            result = self.launch("program.py", ranks=4, nodes=2, timeout=30)
            self.assertNotEqual(result.status, 0, repr(result))
            self.assertIn("broken on purpose", result.stderr)

    def test_data_that_only_some_ranks_read(self):
        self.write("package/__init__.py")
        for rank in range(4):
            self.write(f"package/{rank}.txt", f"text {rank}")
        self.program("""
from mpi4py import MPI
import importlib.resources
comm = MPI.COMM_WORLD
text = (importlib.resources.files("package") / f"{comm.rank}.txt").read_text()
if comm.rank % 2:
    import importlib.metadata
    list(importlib.metadata.distributions())
report(comm.allgather(text))
""")
        for reports in self.check("program.py"):
            for rank in range(4):
                self.assertEqual(reports[rank], [f"text {r}" for r in range(4)])


if __name__ == "__main__":
    unittest.main()
