# SPDX-License-Identifier: BSD-3-Clause
"""The cached bundle goes out before it is known to be true: once, or twice when files have changed."""

import json
import pathlib
import sysconfig
import unittest

import harness

COMMAND = harness.PREAMBLE + "import sys\nsys.path.append(sys.argv[1])\nimport package.module\n" \
    "report(package.module.value)"


class BroadcastOnce(harness.Case):
    def setUp(self):
        super().setUp()
        self.library = self.folder / "library"
        self.write("package/__init__.py", folder=self.library)
        self.edit("first")
        self.write("other/here")

    def edit(self, value):
        self.write("package/module.py", f"value = {value!r}\npadding = {'x' * 1_000_000!r}\n",
                   folder=self.library)

    def run_command(self, expected="first", cwd=None):
        """The megabytes that were broadcast to each of two nodes."""
        result = self.launch("-c", COMMAND, self.library, ranks=3, nodes=2, cwd=cwd,
                             options=[f"--report={self.folder.parent}/report.json"])
        self.assert_ended(result)
        self.assertEqual(result.reports, {rank: expected for rank in range(3)}, repr(result))
        return json.loads((self.folder.parent / "report.json").read_text())["broadcast_bytes"] / 1e6

    def repeat(self, count, **options):
        return [self.run_command(**options) for _ in range(count)]

    def test_unchanged_files_go_once(self):
        once = self.repeat(4)[-1]
        self.assertAlmostEqual(self.run_command(), once, delta=0.1)

    def test_files_that_come_and_go_in_the_folder_of_the_start_change_nothing(self):
        once = self.repeat(3)[-1]
        for name in ("a.txt", "b.txt"):
            self.write(name)
            self.assertAlmostEqual(self.run_command(), once, delta=0.1)

    def test_jobs_from_another_folder_change_nothing(self):
        once = self.repeat(3)[-1]
        self.repeat(2, cwd=self.folder / "other")
        for name in ("a.txt", "b.txt"):
            self.write(name, folder=self.folder / "other")
            self.assertAlmostEqual(self.run_command(), once, delta=0.1)

    def test_edited_module_is_seen_and_costs_a_second_broadcast_of_the_bundle(self):
        once = self.repeat(3)[-1]
        self.edit("second")
        more = self.run_command("second") - once
        self.assertGreater(more, 1, "the bundle has two copies of the padding: text and code")
        self.assertLess(more, once, "libpython and the support library do not go again")
        self.assertAlmostEqual(self.run_command("second"), once, delta=0.1)

    def test_of_a_shared_object_only_what_is_loaded_is_sent(self):
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        library = next(pathlib.Path(sysconfig.get_path("stdlib"), "lib-dynload").glob("*" + suffix))
        loaded = library.read_bytes()
        sent = []
        for symbols in (b"", bytes(20_000_000)):  # as a compiler's -g leaves them behind what is loaded
            target = self.write(f"package/{library.name}", loaded + symbols, folder=self.library)
            module = f"package.{library.name.removesuffix(suffix)}"
            command = COMMAND.replace("package.module\n", f"package.module, {module}\n")
            for _ in range(3):
                report = self.folder.parent / "report.json"
                result = self.launch("-c", command, self.library, ranks=3, nodes=2, options=[f"--report={report}"])
                self.assert_ended(result)
            self.assertNotIn(str(target), str(json.loads(report.read_text())["missed"]))
            sent.append(json.loads(report.read_text())["broadcast_bytes"] / 1e6)
        self.assertAlmostEqual(*sent, delta=0.1)

    def test_removed_module_is_missed_on_every_rank(self):
        self.repeat(3)
        (self.library / "package" / "module.py").unlink()
        result = self.launch("-c", COMMAND, self.library, ranks=3, nodes=2)
        self.assertEqual(result.status, 1, repr(result))
        self.assertEqual(result.stderr.count("ModuleNotFoundError: No module named 'package.module'"), 3,
                         repr(result))


if __name__ == "__main__":
    unittest.main()
