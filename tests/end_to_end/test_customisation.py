# SPDX-License-Identifier: BSD-3-Clause
"""Each rank runs the lines of .pth files, sitecustomize and usercustomize once, as python3 does."""

import unittest

import harness

COUNT = 'import sys; sys.my_count = getattr(sys, "my_count", 0) + 1\n'


class Customisation(harness.Case):
    def setUp(self):
        super().setUp()
        self.custom = self.folder / "custom"
        self.extra = self.folder / "extra"
        self.write("counted.pth", COUNT, self.extra)

    def check(self, text, wanted):
        self.program(f"import site, sys\nreport({text})\n")
        found = self.assert_like_python("program.py", env={"PYTHONPATH": self.custom})
        self.assertEqual(found, wanted)

    def customise(self, text):
        self.write("sitecustomize.py", text, self.custom)

    def user_site(self):
        return self.python("-m", "site", "--user-site").stdout.strip()

    def test_exec_would_leave_the_others_waiting_and_is_refused(self):
        self.customise("""
import os, sys
os.waitpid(os.spawnv(os.P_NOWAIT, "/bin/true", ["true"]), 0)
if "AGAIN" not in os.environ:
    os.environ["AGAIN"] = "yes"
    os.execv(sys.executable, [sys.executable, *sys.argv])
""")
        for options in ((), ("--no-broadcast",)):
            result = self.launch("-c", "print('ran')", options=options, env={"PYTHONPATH": self.custom}, timeout=20)
            self.assert_ended(result)
            self.assertEqual(result.stdout, "ran\n" * 2)
            self.assertIn("cannot replace the process", result.stderr)

    def test_folder_that_sitecustomize_adds(self):
        self.customise(f"import site\nsite.addsitedir({str(self.extra)!r})\n")
        self.check(f"[sys.my_count, {str(self.extra)!r} in sys.path]", [1, True])

    def test_folder_that_a_path_file_adds(self):
        folder = self.write("adds.pth", f"import site; site.addsitedir({str(self.extra)!r})\n{COUNT}",
                            self.folder / self.user_site())
        self.assertTrue(folder.exists())
        self.check("sys.my_count", 2)

    def test_folder_that_usercustomize_adds(self):
        self.write("usercustomize.py", f"import site\nsite.addsitedir({str(self.extra)!r})\n",
                   self.folder / self.user_site())
        self.check("sys.my_count", 1)

    def test_what_asks_whether_it_has_run(self):
        self.customise("""
import site, sys
if not hasattr(sys, "_my_setup"):
    sys._my_setup = "done"
    sys.my_hook = [1, 2, 3]
if not hasattr(sys, "_my_nothing"):
    sys._my_nothing = None
    sys.my_hook.append(4)
if not hasattr(site, "MY_SETUP"):
    site.MY_SETUP = True
    sys.my_hook.append(5)
""")
        self.check("[sys._my_setup, sys._my_nothing, sys.my_hook, site.MY_SETUP]", ["done", None, [1, 2, 3, 4, 5], True])

    def test_attributes_that_differ_between_ranks(self):
        first = "os.environ.get('PMI_RANK', os.environ.get('OMPI_COMM_WORLD_RANK')) == '0'"
        self.customise(f"import os, sys\nif {first}:\n    sys.of_the_first = 'yes'\n")
        self.program(f"import os, sys\nprint({first}, hasattr(sys, 'of_the_first'))\n")
        result = self.launch("program.py", env={"PYTHONPATH": self.custom})
        self.assert_ended(result)
        self.assertEqual(sorted(result.stdout.splitlines()), ["False False", "True True"])

    def test_setting_that_cannot_be_copied(self):
        self.customise("import site\nsite.MY_HOOK = len\n")
        self.check("[site.MY_HOOK is len, site.ENABLE_USER_SITE]", [True, True])


if __name__ == "__main__":
    unittest.main()
