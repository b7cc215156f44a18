# SPDX-License-Identifier: BSD-3-Clause
"""--library-limit: which shared objects are too large to be broadcast, and how they are loaded then."""

import unittest

from environments import PROBE, WheelCase, environment_folder

PROGRAM = PROBE + """
import numpy
import numpy.linalg
found = numpy.linalg.inv(numpy.diag([2.0, 4.0])).tolist()
report([found, [path.rsplit("/")[-1] for path in mapped_files(%r)]])
"""


class Limit(WheelCase):
    def setUp(self):
        super().setUp()
        self.venv = environment_folder("venv")
        self.write("program.py", PROGRAM % str(self.venv))

    def second_run(self, limit, ranks=4, nodes=1, runs=2):
        options = ["--library-limit", str(limit)] if limit is not None else []
        for _ in range(runs):
            result = self.launch("program.py", ranks=ranks, nodes=nodes, options=options,
                                 env={"PYLAUNCH_PYTHON": self.venv / "bin/python3"})
            self.assert_ended(result)
        for report in result.reports.values():
            self.assertEqual(report[0], [[0.5, 0.0], [0.0, 0.25]])
        self.assertEqual(len(result.reports), ranks)
        return [result.reports[rank][1] for rank in range(ranks)]

    def test_large_library_comes_from_its_file_and_others_from_memory(self):
        # openblas has more than 20 MiB, numpy's own largest module 10.
        for nodes in (1, 2):
            for files in self.second_run(15, nodes=nodes):
                self.assertEqual(len(files), 1, files)
                self.assertIn("openblas", files[0])

    def test_none_at_all(self):
        for files in self.second_run(0):
            self.assertGreater(len(files), 4)
            self.assertTrue(any("_multiarray_umath" in name for name in files), files)

    def test_limit_may_change_between_runs(self):
        self.assertEqual(self.second_run(None), [[]] * 4)
        for files in self.second_run(15, runs=1):
            self.assertIn("openblas", "".join(files))
        self.assertEqual(self.second_run(None, runs=1), [[]] * 4)

    def test_wrong_values_are_refused(self):
        for value in ("-1", "many", "1.5", ""):
            result = self.launch("-c", "0", ranks=1, options=[f"--library-limit={value}"])
            self.assertEqual(result.status, 64, repr(result))
            self.assertIn("--library-limit", result.stderr)


if __name__ == "__main__":
    unittest.main()
