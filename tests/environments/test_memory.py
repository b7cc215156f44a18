# SPDX-License-Identifier: BSD-3-Clause
"""What a rank holds in memory, with numpy and scipy on four ranks of one node, measured as PSS.

The comparison is with `--no-broadcast`: python3 with MPI in the process, where each rank maps the files.
"""

import json
import unittest

from environments import PROBE, WheelCase, environment_folder

ALLOWED_KIB = 2048

PROGRAM = PROBE + """
import gc
import numpy, scipy.linalg, scipy.sparse.linalg, scipy.optimize
from pylaunch import MPI

def measure():
    parts = {}
    with open("/proc/self/smaps") as smaps:
        for line in smaps:
            words = line.split(maxsplit=5)
            if not words[0].endswith(":"):
                path = words[5].strip() if len(words) > 5 else ""
                kind = ("data" if path.startswith("/memfd:pylaunch-data") else
                        "library" if path.startswith("/memfd:") else "rest")
            elif words[0] in ("Pss:", "Private_Clean:", "Private_Dirty:"):
                key = kind + " " + words[0][:-1]
                parts[key] = parts.get(key, 0) + int(words[1])
    return parts

gc.collect()
MPI.COMM_WORLD.Barrier()
parts = measure()
with open("/proc/self/smaps_rollup") as rollup:
    total = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
MPI.COMM_WORLD.Barrier()
report([total, parts])
"""


class Memory(WheelCase):
    def measure(self, *options, runs=1):
        self.write("program.py", PROGRAM)
        env = {"PYLAUNCH_PYTHON": environment_folder("venv") / "bin/python3", "OPENBLAS_NUM_THREADS": "1"}
        for _ in range(runs):
            result = self.launch("program.py", ranks=4, env=env, options=options)
            self.assert_ended(result)
        return [result.reports[rank] for rank in range(4)]

    def test_no_rank_holds_more_than_python3_and_its_part_of_the_shared_copy(self):
        plain = self.measure("--no-broadcast")
        most = max(total for total, _ in plain)
        for run in (1, 2, 3):
            for rank, (total, parts) in enumerate(self.measure()):
                shared = parts["data Pss"] + parts["library Pss"]
                with self.subTest(run=run, rank=rank):
                    self.assertGreater(shared, 5000, "numpy and scipy must be mapped from the copy")
                    self.assertLessEqual(total - shared, most + ALLOWED_KIB, (parts, plain[rank]))

    def test_all_ranks_together_map_one_copy(self):
        name = self.folder / "report.json"
        reports = self.measure(f"--report={name}", runs=2)
        copy_kib = json.loads(name.read_text())["broadcast_bytes"] / 1024
        # Pages of libraries that the rank has written to (relocations) are its own, as under python3.
        mapped = sum(parts["data Pss"] + parts["library Pss"] - parts["library Private_Dirty"]
                     for _, parts in reports)
        self.assertLess(mapped, copy_kib)
        self.assertGreater(mapped, copy_kib / 20)


if __name__ == "__main__":
    unittest.main()
