# SPDX-License-Identifier: BSD-3-Clause
"""Which messages a job sends, counted by a PMPI library that is preloaded into it."""

import json
import os
import pathlib
import unittest

import harness

COUNTER = os.environ.get("PYLAUNCH_TEST_MPI_COUNTER", "")
SMALL = 64 * 1024


class Collectives(harness.Case):
    def setUp(self):
        super().setUp()
        if not os.path.exists(COUNTER):
            self.fail("set PYLAUNCH_TEST_MPI_COUNTER to the library that tests/support builds")

    def count(self, program, ranks, nodes):
        """Each rank's calls: (name, world ranks of the communicator, bytes); and the nodes."""
        if nodes > 1 and harness.OPEN_MPI:
            self.skipTest("Open MPI simulates no nodes")
        self.write("program.py", program)
        prefix = self.folder.parent / f"calls{self.runs}"
        result = self.launch("program.py", ranks=ranks, nodes=nodes, options=["--report=report.json"],
                             env={"LD_PRELOAD": COUNTER, "PYLAUNCH_TEST_CALLS": prefix})
        self.assert_ended(result)
        calls = []
        for rank in range(ranks):
            lines = map(str.split, pathlib.Path(f"{prefix}.{rank}").read_text().splitlines())
            calls.append([(name, tuple(map(int, group.split(","))), int(count)) for name, group, count in lines])
        node_of = {rank: calls[rank][0][1] for rank in range(ranks)}
        if len(set(node_of.values())) == ranks > nodes:  # MPICH 5.0.2 of Debian
            self.skipTest("MPI_COMM_TYPE_SHARED has no two ranks together with this MPI library")
        self.assertEqual(len(set(node_of.values())), nodes, node_of)
        return [c[1:] for c in calls], node_of, json.loads((self.folder / "report.json").read_text())

    def check_broadcast(self, ranks, nodes):
        calls, node_of, report = self.count("import json, decimal\n", ranks, nodes)
        leaders = tuple(sorted(min(node) for node in set(node_of.values())))
        for rank in range(ranks):
            received, sent = {}, {}
            for name, group, count in calls[rank]:
                if name in ("Ibcast", "Bcast", "Irecv"):
                    received[group] = received.get(group, 0) + count
                elif name in ("Isend", "Send"):
                    sent[group] = sent.get(group, 0) + count
            bulk = {group: count for group, count in received.items() if count > SMALL}
            if nodes > 1 and rank in leaders[1:]:
                self.assertEqual(list(bulk), [leaders], received)
                # Each byte once, apart from the small messages; the gaps between libraries do not
                # count as bytes of the bundle.
                self.assertLess(bulk[leaders], report["broadcast_bytes"] + SMALL)
                self.assertGreater(bulk[leaders], 0.9 * report["broadcast_bytes"])
            else:
                self.assertEqual(bulk, {}, f"rank {rank}")
            # Never more than twice the bytes out of one rank, and none but between leaders.
            for group, count in sent.items():
                self.assertLess(count, SMALL if group != leaders else 2 * report["broadcast_bytes"] + SMALL)

    def test_bytes_cross_once_between_leaders_and_never_inside_a_node(self):
        self.check_broadcast(ranks=4, nodes=2)

    def test_one_node_broadcasts_no_bulk_at_all(self):
        self.check_broadcast(ranks=4, nodes=1)

    def test_every_rank_is_a_node(self):
        self.check_broadcast(ranks=2, nodes=2)

    def test_no_message_is_sent_while_the_program_imports(self):
        program = harness.PREAMBLE + """
import ctypes
count = ctypes.CDLL(None).pylaunch_test_call_count
before = count()
import json, decimal, xml.dom.minidom, colorsys, module
try:
    import nowhere
except ImportError:
    pass
import importlib
importlib.reload(module)
importlib.invalidate_caches()
import late
report([before, count()])
"""
        self.write("module.py", "value = 1\n")
        self.write("late.py", "value = 1\n")
        for _ in range(2):
            self.count(program, ranks=2, nodes=1)
            for rank in range(2):
                before, after = json.loads((self.reports / f"run{self.runs}.{rank}").read_text())
                self.assertGreater(before, 0)
                self.assertEqual(before, after)

    def test_number_of_messages_depends_on_the_bytes_only_and_not_on_the_number_of_modules(self):
        few, _, small = self.count("import json\n", 2, 2)
        many, _, large = self.count(
            "import json, decimal, xml.dom.minidom, unittest, email.mime.text, asyncio\n", 2, 2)
        mebibytes = (large["broadcast_bytes"] - small["broadcast_bytes"]) / 2**20
        self.assertLessEqual(abs(len(few[1]) - len(many[1])), mebibytes + 2)


if __name__ == "__main__":
    unittest.main()
