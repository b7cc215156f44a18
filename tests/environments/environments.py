# SPDX-License-Identifier: BSD-3-Clause
"""The environments that tests/setup.sh has filled with wheels, and what a rank maps of their files."""

import json
import os
import pathlib

import harness

WHEELS = pathlib.Path(os.environ.get("PYLAUNCH_TEST_WHEELS", "build/wheels")).resolve()

# mapped_files(): the shared objects below `folder` that this process has mapped from their files.
PROBE = harness.PREAMBLE + """\
def mapped_files(folder):
    with open("/proc/self/maps") as maps:
        paths = {line.split(maxsplit=5)[-1].strip() for line in maps}
    return sorted(path for path in paths if path.startswith(folder) and ".so" in path)
"""


def environment_folder(name):
    """The folder of an environment, e.g. `venv`; AssertionError where the wheels are missing."""
    folder = WHEELS / name
    if not (WHEELS / "complete").exists():
        raise AssertionError(f"no wheels in {WHEELS}: tests/run installs them from PyPI, where it can "
                             "be reached")
    return folder


class WheelCase(harness.Case):
    """Compares with the python3 of an environment, and looks at where libraries came from."""

    timeout = 120

    def compare(self, text, environment="venv", ranks=4, nodes=(1, 1), python=None, env=(), options=()):
        """`text` sets `found`. It runs under python3, then twice on `ranks` ranks, on so many nodes
        each time; the libraries come from memory in the second run. Returns what python3 has found."""
        folder = environment_folder(environment)
        python = python or folder / "bin/python3"
        self.write("program.py", PROBE + text + f"""
report({{"found": found, "mapped": mapped_files({str(folder)!r})}})
""")
        env = {"PYLAUNCH_PYTHON": python, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
               "MPLCONFIGDIR": self.home / "matplotlib", **dict(env)}
        oracle = self.python("program.py", python=python, env=env)
        self.assertIn(0, oracle.reports, repr(oracle))
        job_file = self.folder.parent / "job.json"
        for run, node_count in enumerate(nodes, 1):
            result = self.launch("program.py", ranks=ranks, nodes=node_count, env=env,
                                 options=[*options, f"--report={job_file}"])
            self.assert_ended(result)
            self.assertEqual(sorted(result.reports), list(range(ranks)), repr(result))
            for rank, report in result.reports.items():
                found = list(harness.differences(oracle.reports[0]["found"], report["found"]))
                self.assertFalse(found, f"rank {rank} of run {run}:\n" + "\n".join(found))
        job = json.loads(job_file.read_text())
        for rank, found in result.reports.items():
            self.assertEqual(found["mapped"], [], f"rank {rank} of run 2")
            self.assertEqual(job["ranks"][rank]["missed"], [], f"rank {rank} of run 2")
            self.assertEqual(job["ranks"][rank]["modules_from_files"], 0, f"rank {rank} of run 2")
        return oracle.reports[0]
