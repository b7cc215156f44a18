# SPDX-License-Identifier: BSD-3-Clause
"""What the figures rest on: slowfs costs and counts what it says, strace's output is read rightly.

SLOWFS names the executable; exits with 77 if a test was skipped, so that ctest says so.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from xml.etree import ElementTree

BENCH = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BENCH))

from benchlib.interpreter import outermost  # noqa: E402
from benchlib.peak_memory import PeakMemory  # noqa: E402
from benchlib.picture import draw  # noqa: E402
from benchlib.scaling_command import fit_line  # noqa: E402
from benchlib.slow_run import Measurement, emulation_obstacle  # noqa: E402
from benchlib.strace_counts import count_calls, is_inside, parse_trace  # noqa: E402
from benchlib.summary import Row, markdown_table  # noqa: E402

SKIPPED = 77


class TraceIsRead(unittest.TestCase):
    def paths(self, line: str) -> list[tuple[str, list[str]]]:
        return list(parse_trace([line.encode() + b"\n"], start_folder="/start"))

    def test_absolute_and_relative_paths(self) -> None:
        self.assertEqual(self.paths('7 openat(AT_FDCWD, "/a/b.py", O_RDONLY) = 3</a/b.py>'),
                         [("openat", ["/a/b.py"])])
        self.assertEqual(self.paths('7 openat(AT_FDCWD, "b.py", O_RDONLY) = 3'),
                         [("openat", ["/start/b.py"])])
        self.assertEqual(self.paths('7 openat(AT_FDCWD</cwd>, "b.py", O_RDONLY) = 3'),
                         [("openat", ["/cwd/b.py"])])
        self.assertEqual(self.paths('7 stat("../b.py", 0x7ffc) = -1 ENOENT (No such file)'),
                         [("stat", ["/b.py"])])

    def test_path_relative_to_a_descriptor(self) -> None:
        self.assertEqual(self.paths('7 newfstatat(3</a/b>, "c", {st_mode=S_IFREG}, 0) = 0'),
                         [("newfstatat", ["/a/b/c"])])
        self.assertEqual(self.paths('7 newfstatat(3</a/b>, "", {st_size=4}, AT_EMPTY_PATH) = 0'),
                         [("newfstatat", ["/a/b"])])

    def test_call_on_a_descriptor_alone(self) -> None:
        self.assertEqual(self.paths("7 getdents64(4</a/b>, 0x55 /* 9 entries */, 32768) = 280"),
                         [("getdents64", ["/a/b"])])

    def test_interrupted_call_counts_once(self) -> None:
        lines = [b'7 openat(AT_FDCWD, "/a/x", O_RDONLY <unfinished ...>\n',
                 b"7 <... openat resumed>) = 3</a/x>\n", b"7 +++ exited with 0 +++\n"]
        self.assertEqual(list(parse_trace(lines)), [("openat", ["/a/x"])])

    def test_change_of_folder_is_followed_for_that_process(self) -> None:
        lines = [b'7 chdir("/other") = 0\n', b'7 stat("x", 0x7f) = 0\n', b'8 stat("x", 0x7f) = 0\n',
                 b'8 chdir("/gone") = -1 ENOENT (No such file or directory)\n',
                 b'8 stat("y", 0) = 0\n']
        found = [paths for name, paths in parse_trace(lines, "/start") if name == "stat"]
        self.assertEqual(found, [["/other/x"], ["/start/x"], ["/start/y"]])

    def test_escapes_and_output_arguments(self) -> None:
        self.assertEqual(self.paths(r'7 open("/a/\303\244\"b", O_RDONLY) = 3'),
                         [("open", ['/a/ä"b'])])
        self.assertEqual(self.paths('7 readlink("/a/python3", "python3.11", 4095) = 10'),
                         [("readlink", ["/a/python3"])])
        self.assertEqual(self.paths('7 execve("/bin/x", ["x", "/lib/y"], 0x7f /* 3 vars */) = 0'),
                         [("execve", ["/bin/x"])])
        self.assertEqual(self.paths('7 rename("/a", "/b") = 0'), [("rename", ["/a", "/b"])])

    def test_folders_do_not_match_by_their_first_letters(self) -> None:
        self.assertTrue(is_inside("/usr/lib/python3/x", ["/usr/lib/python3"]))
        self.assertFalse(is_inside("/usr/lib/python3.11/x", ["/usr/lib/python3"]))

    def test_outermost_drops_what_lies_inside_another(self) -> None:
        self.assertEqual(outermost(["/usr/lib", "/usr", "/nonexistent", "/etc"]), ("/etc", "/usr"))

    def test_each_rank_is_counted_by_itself(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "seen").touch()
            rank = "${PMI_RANK:-$OMPI_COMM_WORLD_RANK}"
            counts = count_calls(["bash", "-c", f'[[ {rank} -eq 0 ]] || exec cat {folder}/seen'],
                                 ranks=2, folders=[folder],
                                 mpiexec=[os.environ.get("MPIEXEC", "mpiexec")])
        self.assertEqual([c.calls > 0 for c in counts], [False, True])


class TableIsMade(unittest.TestCase):
    def test_ratio_is_to_the_baseline_at_the_same_number_of_ranks(self) -> None:
        rows = [Row(2, "a", True, [Measurement(8.0, {0: 5, 1: 7}, {}, 3_000_000, 9_000_000)]),
                Row(2, "b", True, [Measurement(2.0, {0: 5}), Measurement(2.0, {0: 6, 1: 0})])]
        table = markdown_table(rows, baseline="a").splitlines()
        self.assertTrue(table[2].endswith("| 12 | 5 | 7 | 3 | 9 | 1.0 |"))
        self.assertTrue(table[3].endswith("| 6 | 6 | 0 | 0 | 0 | 4.0 |"))

    def test_row_that_was_run_less_often_than_others_says_so(self) -> None:
        rows = [Row(2, "a", True, [Measurement(80.0)]),
                Row(2, "b", True, [Measurement(2.0), Measurement(3.0)])]
        table = markdown_table(rows, baseline="a").splitlines()
        self.assertTrue(table[2].startswith("| 2 | a (1 run) | "), table[2])
        self.assertTrue(table[3].startswith("| 2 | b | "), table[3])

    def test_ratio_to_a_baseline_that_was_left_out_is_a_dash(self) -> None:
        table = markdown_table([Row(4, "b", True, [Measurement(2.0, {0: 5})])], baseline="a")
        self.assertTrue(table.endswith("| – |"))

    def test_picture_has_a_line_and_a_label_for_each_launcher(self) -> None:
        rows = [Row(n, name, True, [Measurement(float(n * k))])
                for n in (1, 4) for k, name in ((1, "a < b"), (2, "c"))]
        root = ElementTree.fromstring(draw({"times & ranks": rows, "other": rows[:2]}))
        texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertLessEqual({"a < b", "c", "times & ranks", "other", "1", "4"}, set(texts))
        self.assertEqual(texts.count("a < b"), 1)
        self.assertEqual(len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))), 4)


class ModelIsFitted(unittest.TestCase):
    def test_line_is_found_again(self) -> None:
        start, slope, deviation = fit_line([(n, 0.3 + 0.1 * n) for n in (1, 2, 8, 32)])
        self.assertAlmostEqual(start, 0.3)
        self.assertAlmostEqual(slope, 0.1)
        self.assertAlmostEqual(deviation, 0)

    def test_deviation_is_that_of_the_worst_point(self) -> None:
        deviation = fit_line([(1, 1.0), (2, 2.0), (3, 6.0)])[2]
        self.assertGreater(deviation, 0.2)


class MemoryIsSampled(unittest.TestCase):
    def test_memory_that_is_taken_meanwhile_shows(self) -> None:
        with PeakMemory() as memory:
            taken = bytearray(os.urandom(1 << 20) * 128)
            time.sleep(0.2)
        self.assertGreater(memory.peak_bytes, 64 << 20)
        del taken


OBSTACLE = emulation_obstacle() or (None if os.environ.get("SLOWFS") else "slowfs was not built")


@unittest.skipIf(OBSTACLE, f"no emulated file system: {OBSTACLE}")
class SlowfsIsTrue(unittest.TestCase):
    def run_on_slowfs(self, script: str, *options: str) -> dict:
        with tempfile.TemporaryDirectory() as scratch:
            folder, result = Path(scratch, "folder"), Path(scratch, "result.json")
            folder.mkdir()
            (folder / "file").write_text("text")
            command = [str(BENCH / "with-slowfs"), "--slowfs", os.environ["SLOWFS"],
                       "--result", str(result), "--folder", str(folder)]
            command += [part for option in options for part in ("--option", option)]
            done = subprocess.run([*command, "--", "bash", "-euc", f"cd {folder}; {script}"],
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(result.read_text())

    def test_costs_add_up_to_what_was_set(self) -> None:
        # One client, then four, each with a name of its own: the kernel lets lookups of one name wait
        # for each other. What the same takes without a cost is the machine's, not the server's.
        loop = "for ((i = 0; i < 500; ++i)); do [[ -e nothing$c ]] || true; done"
        for script in (f"c=0; {loop}", f"for ((c = 0; c < 4; ++c)); do ({loop}) & done; wait"):
            with self.subTest(script):
                # Never too fast; too slow only if other work on the machine disturbs every attempt.
                ratios = []
                while len(ratios) < 5 and (not ratios or ratios[-1] > 1.25):
                    free, told = (self.run_on_slowfs(script, "--cost-us", cost) for cost in ("0", "400"))
                    expected_seconds = told["slowfs"]["metadata"] * 400e-6
                    self.assertGreater(expected_seconds, 0.2)
                    taken = told["ended"] - told["started"]
                    self.assertGreater(taken / expected_seconds, 0.97)
                    ratios.append((taken - (free["ended"] - free["started"])) / expected_seconds)
                self.assertLess(ratios[-1], 1.25, ratios)

    def test_ranks_are_told_apart(self) -> None:
        told = self.run_on_slowfs("PMI_RANK=3 cat file; PMI_RANK=5 cat file file", "--cost-us", "0")
        by_rank = told["slowfs"]["metadata_by_rank"]
        self.assertGreater(by_rank["5"], by_rank["3"])

    def test_cache_answers_again_without_a_request(self) -> None:
        script = "for ((i = 0; i < 50; ++i)); do [[ -e file ]]; [[ -e nothing ]] || true; done"
        uncached = self.run_on_slowfs(script, "--cost-us", "0")["slowfs"]["metadata"]
        cached = self.run_on_slowfs(script, "--cost-us", "0", "--cache", "60")["slowfs"]["metadata"]
        self.assertGreaterEqual(uncached, 100)
        self.assertLess(cached, 20)

    def test_folder_can_be_written(self) -> None:
        self.run_on_slowfs(
            "[[ $(<file) == text ]]; echo more >>file; [[ $(wc -l <file) == 1 ]]; mkdir -m 700 d;"
            "[[ $(stat -c %a d) == 700 ]]; mv file d/f; ln -s f d/l; [[ $(readlink d/l) == f ]];"
            "ln d/f d/h; [[ $(stat -c %h d/f) == 2 ]]; touch -d 2001-02-03 d/f;"
            "[[ $(date -r d/f +%F) == 2001-02-03 ]]; : >d/f; [[ ! -s d/h ]];"
            "[[ $(ls d) == $'f\\nh\\nl' ]]; rm -r d; [[ ! -e d ]]",
            "--cost-us", "0",
        )

    def test_mounts_are_seen_by_the_command_only(self) -> None:
        self.run_on_slowfs("grep -q slowfs /proc/self/mounts", "--cost-us", "0")
        self.assertNotIn("slowfs", Path("/proc/self/mounts").read_text())


if __name__ == "__main__":
    program = unittest.main(verbosity=2, exit=False)
    if not program.result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if program.result.skipped else 0)
