# SPDX-License-Identifier: BSD-3-Clause
"""pylaunch's own options, on the command line and in the environment, and where they are described."""

import json
import os
import pathlib
import re
import unittest

import harness

PHASES = ["process start", "MPI init", "python init", "collect", "wait", "broadcast", "imports", "script",
          "finalise"]
ROOT = pathlib.Path(__file__).resolve().parents[2]


class WithoutMpiexec(harness.Case):
    def pylaunch(self, *arguments, **options):
        return self.execute([harness.PYLAUNCH, *arguments], **options)

    def test_help_and_version_need_no_mpiexec(self):
        help_text = self.pylaunch("--help")
        self.assert_ended(help_text)
        self.assertIn("usage: mpiexec -np N pylaunch", help_text.stdout)
        version = self.pylaunch("--version")
        self.assert_ended(version)
        self.assertRegex(version.stdout, r"pylaunch \d+\.\d+\.\d+\n.*MPI.*\nCPython .*3\.\d+")

    def test_help_is_printed_once_by_a_job(self):
        result = self.launch("--help", ranks=3)
        self.assert_ended(result)
        self.assertEqual(result.stdout.count("usage:"), 1)

    def test_single_process_without_mpiexec_runs_a_program(self):
        self.write("program.py", "import sys\nprint(sys.argv[1:])\n")
        result = self.pylaunch("program.py", "a", "--help")
        self.assert_ended(result)
        self.assertEqual(result.stdout, "['a', '--help']\n")

    def test_prompt_without_a_program_behaves_as_pythons(self):
        script = "1 + 1\nimport sys\nsys.ps1\nraise SystemExit(4)\n"
        oracle = self.python("-i", "-q", stdin=script)
        result = self.pylaunch("-i", "-q", stdin=script)
        self.assertEqual((result.status, result.stdout), (oracle.status, oracle.stdout))

    def test_inspect_after_a_script(self):
        self.write("program.py", "value = 42\n")
        oracle = self.python("-i", "program.py", stdin="print(value)\n")
        result = self.pylaunch("-i", "program.py", stdin="print(value)\n")
        self.assertEqual((result.status, result.stdout), (oracle.status, oracle.stdout))


class Report(harness.Case):
    def run_with(self, *options, ranks=3, env=(), **more):
        self.write("program.py", "import json, decimal\nimport importlib\nimportlib.import_module('colorsys')\n")
        result = self.launch("program.py", ranks=ranks, options=options, env=env, **more)
        self.assert_ended(result)
        return result

    def assert_table(self, text, ranks=3):
        self.assertIn(f"on {ranks} ranks", text)
        for phase in PHASES:
            self.assertRegex(text, rf"(?m)^  {phase} ")

    def test_table_on_stderr(self):
        result = self.run_with("--report")
        self.assert_table(result.stderr)
        self.assertEqual(result.stdout, "")

    def test_table_by_environment_and_in_a_file(self):
        self.assert_table(self.run_with(env={"PYLAUNCH_REPORT": "1"}).stderr)
        result = self.run_with(f"--report={self.folder}/report.txt")
        self.assertEqual(result.stderr, "")
        self.assert_table((self.folder / "report.txt").read_text())

    def test_json_has_every_phase_and_module_of_every_rank(self):
        self.run_with("--report=report.json")
        self.run_with("--report=report.json")
        report = json.loads((self.folder / "report.json").read_text())
        self.assertEqual(len(report["ranks"]), 3)
        for number, rank in enumerate(report["ranks"]):
            self.assertEqual(rank["rank"], number)
            self.assertEqual(sorted(rank["phases_seconds"]), sorted(PHASES))
            self.assertTrue(all(0 <= s < 60 for s in rank["phases_seconds"].values()), rank["phases_seconds"])
            modules = {m["name"]: m for m in rank["modules"]}
            self.assertEqual(modules["colorsys"]["origin"], "memory")
            self.assertGreater(modules["decimal"]["inclusive_ns"], 0)
            self.assertGreaterEqual(modules["json"]["inclusive_ns"], modules["json"]["self_ns"])
            self.assertEqual(rank["missed"], [])
        self.assertFalse(report["first_run"])
        self.assertGreater(report["broadcast_bytes"], 1_000_000)

    def test_first_run_names_what_it_missed_and_the_second_has_it(self):
        first = self.run_with("--report")
        self.assertRegex(first.stderr, r"(?m)^    .*colorsys")
        self.assertRegex(first.stderr, r"[1-9]\d* lookups missed")
        second = self.run_with("--report")
        self.assertNotRegex(second.stderr, r"(?m)^    /.*colorsys")
        self.assertIn(" 0 lookups missed", second.stderr)

    def test_nodes_are_counted(self):
        if harness.OPEN_MPI:
            self.skipTest("Open MPI simulates no nodes")
        self.assertIn("2 nodes", self.run_with("--report", ranks=4, nodes=2).stderr)

    def test_report_that_finds_no_room_is_a_warning(self):
        (self.folder / "full.json").symlink_to("/dev/full")
        for name in ("/dev/full", "full.json"):
            result = self.run_with(f"--report={name}")
            self.assertIn(f"--report: {name} is not complete: No space left on device", result.stderr)

    def test_report_to_a_pipe_that_nobody_reads_is_an_error(self):
        os.mkfifo(self.folder / "pipe")
        self.write("program.py", "")
        result = self.launch("program.py", options=["--report=pipe"])
        self.assert_ended(result, 64)
        self.assertEqual(result.stderr.count("--report: cannot write pipe"), 1)

    def test_report_of_a_failing_program(self):
        self.write("fails.py", "import json\nraise SystemExit(3)\n")
        result = self.launch("fails.py", options=["--report"], ranks=2)
        self.assert_ended(result, 3)
        self.assert_table(result.stderr, ranks=2)


class Switches(harness.Case):
    def origins(self, *options, env=(), text="import colorsys\n", ranks=2):
        self.write("program.py", text)
        result = self.launch("program.py", ranks=ranks, options=["--report=r.json", *options], env=env)
        self.assert_ended(result)
        report = json.loads((self.folder / "r.json").read_text())
        return report, {m["name"]: m["origin"] for m in report["ranks"][1]["modules"]}

    def test_no_broadcast_is_a_plain_python(self):
        for options, env in ((["--no-broadcast"], {}), ([], {"PYLAUNCH_NO_BROADCAST": "1"})):
            report, origins = self.origins(*options, env=env)
            self.assertFalse(report["broadcast"])
            self.assertEqual(report["broadcast_bytes"], 0)
            self.assertEqual(origins["colorsys"], "file system")
        self.assertEqual([p.name for p in self.manifests.glob("*.bundle")], [])

    def test_versions_are_printed_without_a_broadcast(self):
        oracle = self.python("-V")
        result = self.launch("-V", options=["--no-broadcast"], ranks=2)
        self.assertEqual((result.status, result.stdout, result.stderr), (0, 2 * oracle.stdout, ""))

    def test_no_broadcast_has_the_same_environment(self):
        self.write("program.py", harness.PREAMBLE + "import sys\nreport([sys.argv, sys.path, sys.prefix, "
                   "sys.executable, sorted(sys.modules), str(sys.flags), __file__, type(__loader__).__name__])\n")
        self.assert_like_python("program.py", "x", options=["--no-broadcast"], runs=1)

    def test_include_broadcasts_in_the_first_run(self):
        text = "import importlib\nimportlib.import_module('colorsys')\nimportlib.import_module('stringprep')\n"
        _, without = self.origins("--no-cache", text=text, env={"PYTHONWARNINGS": "ignore"})
        self.assertEqual(without["colorsys"], "file system")
        for options, env in ((["--include", "colorsys", "--include=stringprep"], {}),
                             ([], {"PYLAUNCH_INCLUDE": "colorsys,stringprep"})):
            _, origins = self.origins("--no-cache", *options, text=text,
                                      env={**env, "PYTHONWARNINGS": "ignore"})
            self.assertEqual((origins["colorsys"], origins["stringprep"]), ("memory", "memory"))

    def test_include_of_what_is_not_there_is_a_warning_of_the_first_run(self):
        self.write("program.py", "import json\n")
        options = ["--include", "nowhere,json,sys,json.nowhere", "--include=mpi4py"]
        first = self.launch("program.py", options=options)
        self.assert_ended(first)
        self.assertEqual(first.stderr.splitlines(), [f"pylaunch: rank 0: --include: no module '{name}' is found"
                                                     for name in ("nowhere", "json.nowhere")])
        self.assertEqual(self.launch("program.py", options=options).stderr, "")

    def test_no_cache_writes_nothing(self):
        for options, env in ((["--no-cache"], {}), ([], {"PYLAUNCH_NO_CACHE": "1"})):
            self.write("program.py", "import json\n")
            self.assert_ended(self.launch("program.py", options=options, env=env))
            self.assert_ended(self.launch("program.py", options=options,
                                          env={**env, "PYLAUNCH_MANIFEST_DIR": None}))
        self.assertFalse(self.manifests.exists())
        self.assertEqual(list(self.home.rglob("*")), [])

    def test_manifest_folder(self):
        self.write("program.py", "import json\n")
        elsewhere = self.folder / "elsewhere"
        self.assert_ended(self.launch("program.py", options=["--manifest-dir", elsewhere]))
        self.assertEqual(len(list(elsewhere.glob("*.bundle"))), 1)
        self.assertFalse(self.manifests.exists())
        self.assert_ended(self.launch("program.py", env={"PYLAUNCH_MANIFEST_DIR": None, "XDG_CACHE_HOME": None}))
        self.assertEqual(len(list((self.home / ".cache/pylaunch").glob("*.bundle"))), 1)

    def test_manifest_folder_that_cannot_be_used_is_a_warning(self):
        self.write("program.py", "import json\n")
        file = self.write("file")
        for options, env in ((["--manifest-dir", file], {}), ([], {"PYLAUNCH_MANIFEST_DIR": file})):
            result = self.launch("program.py", options=["--report", *options], env=env)
            self.assert_ended(result)
            reason = f"cannot make the folder {file}: Not a directory"
            self.assertEqual(result.stderr.count(f"pylaunch: rank 0: --manifest-dir: no cache: {reason}\n"), 1)
            self.assertIn(f"\n  cache: {reason}\n", result.stderr)

    def test_report_says_why_nothing_is_kept(self):
        self.write("program.py", "import json\n")
        result = self.launch("program.py", options=["--report=r.txt", "--manifest-dir=/proc"])
        self.assert_ended(result)
        self.assertRegex((self.folder / "r.txt").read_text(), r"(?m)^  cache: cannot write /proc/\w+\.")
        kept, _ = self.origins()
        self.assertEqual(kept["cache_problem"], "")
        self.assertRegex(kept["cache"], rf"^{self.manifests}/[0-9a-f]{{16}}$")
        without, _ = self.origins("--no-cache")
        self.assertEqual((without["cache"], without["cache_problem"]), ("", ""))

    def test_thread_level_reaches_mpi(self):
        self.write("program.py", harness.PREAMBLE + "from pylaunch import MPI\nreport(MPI.Query_thread())\n")
        levels = []
        for level in ("single", "funneled", "serialized", "multiple"):
            result = self.launch("program.py", ranks=1, options=[f"--thread-level={level}"])
            self.assert_ended(result)
            levels.append(result.reports[0])
        self.assertEqual(levels, sorted(levels))
        self.assertLess(levels[0], levels[3])
        result = self.launch("program.py", ranks=1, env={"PYLAUNCH_THREAD_LEVEL": "funneled"})
        self.assertEqual(result.reports[0], levels[1])

    def test_log_level(self):
        self.write("program.py", "")
        self.assertEqual(self.launch("program.py").stderr, "")
        for options, env in ((["--log-level=debug"], {}), ([], {"PYLAUNCH_LOG_LEVEL": "debug"})):
            result = self.launch("program.py", options=options, env=env)
            self.assertRegex(result.stderr, r"(?m)^pylaunch: rank 0: ")

    def test_python_by_option_beats_the_environment(self):
        self.write("program.py", harness.PREAMBLE + "import sys\nreport(sys.executable)\n")
        result = self.launch("program.py", options=["--python", harness.PYTHON],
                             env={"PYLAUNCH_PYTHON": "/nonexistent"})
        self.assert_ended(result)
        self.assertEqual(result.reports[1], harness.PYTHON)


class Documentation(unittest.TestCase):
    """--help and the documentation have the same options."""

    def test_every_option_is_described_and_no_other(self):
        import subprocess
        text = subprocess.run([harness.PYLAUNCH, "--help"], capture_output=True, text=True, check=True).stdout
        options = set(re.findall(r"(?m)^  (--[a-z0-9-]+)", text))
        variables = set(re.findall(r"PYLAUNCH_[A-Z0-9_]+", text))
        self.assertGreater(len(options), 8)
        self.assertIn(text, (ROOT / "README.md").read_text())
        described = (ROOT / "docs/options.md").read_text()
        for name in sorted(options | variables):
            self.assertIn(name, described)
        # In a table's first column stand options only.
        rows = set(re.findall(r"(?m)^\| *`(--[a-z0-9-]+)", described))
        self.assertLessEqual(rows, options)


if __name__ == "__main__":
    unittest.main()
