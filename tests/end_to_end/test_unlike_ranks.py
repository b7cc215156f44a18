# SPDX-License-Identifier: BSD-3-Clause
"""Ranks that were started with different command lines: what one job can do it does, all else is said
once, with the documented status, and nothing hangs."""

import json
import unittest

import harness

USAGE = 64


class UnlikeRanks(harness.Case):
    timeout = 20

    def setUp(self):
        super().setUp()
        self.write("a.py", "import json, sys\nprint('a', *sys.argv[1:], sys.flags.optimize)\n")
        self.write("b.py", "print('b')\n")

    def launch_each(self, *commands, env=()):
        words = [harness.tool(harness.MPIEXEC)]
        for command in commands:
            words += [":"] if len(words) > 1 else []
            words += ["-n", "1", harness.PYLAUNCH, *command]
        return self.execute(words, env=env)

    def check_refused(self, *commands, once):
        result = self.launch_each(*commands)
        self.assert_ended(result, USAGE)
        self.assertEqual(result.stderr.count("pylaunch: "), 1, repr(result))
        self.assertIn(once, result.stderr)
        self.assertEqual(result.stdout, "")

    def test_other_programs_are_refused(self):
        for other in (["b.py"], ["-c", "print(2)"], ["-m", "b"]):
            self.check_refused(["a.py"], other, once="rank 1 was started with another program than rank 0")

    def test_broadcast_on_some_ranks_only_is_refused(self):
        for commands in ([["a.py"], ["--no-broadcast", "a.py"]], [["--no-broadcast", "a.py"], ["a.py"]]):
            self.check_refused(*commands, once="--no-broadcast")

    def test_wrong_option_of_one_rank_is_said_by_that(self):
        for commands in ([["a.py"], ["--nonsense", "a.py"]], [["--nonsense", "a.py"], ["a.py"]],
                         [["--nonsense", "a.py"], ["--other", "a.py"]]):
            self.check_refused(*commands, once="unknown option '--nonsense'")

    def test_arguments_and_pythons_options_may_differ(self):
        result = self.launch_each(["a.py", "one"], ["-O", "a.py", "two"])
        self.assert_ended(result)
        self.assertEqual(sorted(result.stdout.splitlines()), ["a one 0", "a two 1"])

    def test_programs_may_differ_without_a_broadcast(self):
        result = self.launch_each(["--no-broadcast", "a.py"], ["--no-broadcast", "b.py"])
        self.assert_ended(result)
        self.assertEqual(sorted(result.stdout.splitlines()), ["a 0", "b"])

    def test_rank_0_decides_on_the_report(self):
        self.assert_ended(self.launch_each(["a.py"], ["--report=r.json", "a.py"]))
        self.assertFalse((self.folder / "r.json").exists())
        self.assert_ended(self.launch_each(["--report=r.json", "a.py"], ["a.py"]))
        report = json.loads((self.folder / "r.json").read_text())
        self.assertEqual([len(rank["modules"]) > 0 for rank in report["ranks"]], [True, True])


if __name__ == "__main__":
    unittest.main()
