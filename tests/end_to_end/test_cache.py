# SPDX-License-Identifier: BSD-3-Clause
"""Manifest and cached bundle are a cache: whatever happens to them costs time only."""

import os
import struct
import subprocess
import unittest

import harness

# Preloaded: a network file system that says only at close() that there is no room for a new file of the cache.
FULL = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int close(int file) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link, path, sizeof path);
  const int is_new = size > 4 && memcmp(path + size - 4, ".new", 4) == 0 && ftruncate(file, 0) == 0;
  const int failed = syscall(SYS_close, file);
  if (is_new) errno = EDQUOT;
  return is_new ? -1 : failed;
}
"""


class DamagedCache(harness.Case):
    def setUp(self):
        super().setUp()
        self.write("module.py", "value = 42\n")
        self.write("program.py", harness.PREAMBLE + "import module, json, decimal\n"
                   "report([module.value, module.__file__, decimal.__file__])\n")
        for _ in range(2):
            self.expected = self.run_well()

    def run_well(self, warning="", **options):
        result = self.launch("program.py", ranks=2, **options)
        self.assert_ended(result)
        self.assertEqual(result.stderr, warning)
        self.assertEqual(result.reports[0], result.reports[1])
        return result.reports[0]

    def file(self, suffix):
        (path,) = self.manifests.glob("*" + suffix)
        return path

    def check_each(self, path, contents):
        """With each of these contents the job is the same as before, and the cache is mended."""
        for content in contents:
            with self.subTest(content[:30]):
                path.write_bytes(content)
                path.chmod(0o600)
                self.assertEqual(self.run_well(), self.expected)
                self.assertEqual(self.run_well(), self.expected)

    def test_bundle(self):
        path = self.file(".bundle")
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 2] ^= 0xff
        self.check_each(path, [b"", b"garbage", whole[:-1], whole[:200], whole + b"x", bytes(flipped),
                               b"\0" * len(whole)])

    def test_bundle_of_another_interpreter(self):
        path = self.file(".bundle")
        whole = path.read_bytes()
        # Header fields behind magic (8), version and entry count: magic number, reserved, ABI tag.
        other_magic = whole[:16] + struct.pack("=I", 0x0d0d0bad) + whole[20:]
        other_abi = whole[:24] + b"cpython-399-x86_64-linux-gnu".ljust(48, b"\0") + whole[72:]
        self.check_each(path, [other_magic, other_abi])

    def test_bundle_of_another_program(self):
        path = self.file(".bundle")
        own = path.read_bytes()
        path.unlink()
        self.write("other.py", "import colorsys, calendar\n")
        self.assert_ended(self.launch("other.py"))
        foreign = next(p for p in self.manifests.glob("*.bundle")).read_bytes()
        self.check_each(path, [foreign, own])

    def test_manifest(self):
        path = self.file(".manifest")
        whole = path.read_bytes()
        self.check_each(path, [b"", b"garbage\n", b"pylaunch manifest 9\n", whole[: len(whole) // 2],
                               whole + b"S /nonexistent/x.py\nX odd\nL /etc/passwd\nD /etc/passwd\n\xff\xfe\n",
                               b"pylaunch manifest 1\nS /nonexistent\n"])

    def test_answer_about_the_interpreter(self):
        path = next(p for p in self.manifests.iterdir() if p.name.startswith("python-"))
        whole = path.read_bytes()
        self.check_each(path, [b"", b"garbage", whole[: len(whole) // 2], whole.replace(b"3.11", b"3.12", 1)[:40]])

    def test_files_that_vanish_one_by_one(self):
        for path in sorted(self.manifests.iterdir()):
            with self.subTest(path.suffix):
                path.unlink()
                self.assertEqual(self.run_well(), self.expected)
                self.assertTrue(path.exists())

    def test_files_that_others_could_have_written_are_not_used(self):
        for path in self.manifests.iterdir():
            path.chmod(0o666)
        result = self.launch("program.py", options=["--log-level=debug"])
        self.assert_ended(result)
        self.assertIn("not this user's alone", result.stderr)

    def test_folder_that_cannot_be_used(self):
        for folder in ("/proc/nowhere", self.write("file"), "/dev/null/x"):
            with self.subTest(str(folder)):
                reason = "No such file or directory" if folder == "/proc/nowhere" else "Not a directory"
                warning = f"pylaunch: rank 0: --manifest-dir: no cache: cannot make the folder {folder}: {reason}\n"
                self.assertEqual(self.run_well(warning, env={"PYLAUNCH_MANIFEST_DIR": folder}), self.expected)

    def test_relative_folder_is_the_same_when_the_program_changes_the_current_one(self):
        self.write("program.py", harness.PREAMBLE + "import module, json, os\nos.chdir('/')\nreport(module.value)\n")
        for _ in range(3):
            result = self.launch("program.py", options=["--log-level=debug"],
                                 env={"PYLAUNCH_MANIFEST_DIR": "cache"})
            self.assert_ended(result)
        self.assertIn("manifest unchanged, bundle unchanged", result.stderr)
        self.assertEqual(len(list((self.folder / "cache").glob("*.bundle"))), 1)

    def test_new_files_without_room_leave_the_old_ones(self):
        library = self.folder / "full.so"
        subprocess.run([harness.tool("gcc"), "-shared", "-fPIC", "-x", "c", "-", "-o", library],
                       input=FULL, text=True, check=True)
        before = {path: path.read_bytes() for path in self.manifests.iterdir()}
        self.write("module.py", "import colorsys\nvalue = 42\n")
        result = self.launch("program.py", options=["--log-level=debug"], env={"LD_PRELOAD": library})
        self.assert_ended(result)
        self.assertEqual(result.reports[1], self.expected)
        self.assertEqual({path: path.read_bytes() for path in self.manifests.iterdir()}, before)
        self.assertIn("manifest not written, bundle not written", result.stderr)

    def test_job_without_memory_at_its_end_ends_as_its_program(self):
        path = self.file(".manifest")
        # Kept, though nobody knows what they are.
        path.write_text(path.read_text() + "".join(f"X {number:060}\n" for number in range(400_000)))
        self.write("program.py", harness.PREAMBLE + """
import module, json, decimal, ctypes, resource, sys
report([module.value, module.__file__, decimal.__file__])
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
spare = [libc.malloc(100_000) for _ in range(20)]
# The stack counts, too: what MPI will need of it has to be there. repr() is recursive in C.
sys.setrecursionlimit(10_000)
nested = []
for _ in range(5_000):
    nested = [nested]
repr(nested)
resource.setrlimit(resource.RLIMIT_AS, (1 << 20, 1 << 20))
for size in (64 << 10, 1 << 10, 256):
    while libc.malloc(size):
        pass
for block in spare:
    libc.free(ctypes.c_void_p(block))
""")
        result = self.launch("program.py", options=["--log-level=debug"])
        self.assert_ended(result)
        self.assertEqual(result.reports[1], self.expected)
        self.assertIn("nothing learned from the job: std::bad_alloc", result.stderr)

    def test_no_home(self):
        nowhere = {"HOME": None, "PYLAUNCH_MANIFEST_DIR": None, "XDG_CACHE_HOME": None}
        self.run_well(env=nowhere)
        self.assertIn("no cache", self.launch("program.py", env=nowhere, options=["--log-level=debug"]).stderr)
        self.run_well(env={"HOME": "/proc/nowhere", "PYLAUNCH_MANIFEST_DIR": None, "XDG_CACHE_HOME": None})

    def test_cached_bundle_is_used_as_it_is(self):
        path = self.file(".bundle")
        before = os.stat(path).st_mtime_ns
        self.run_well()
        self.assertEqual(os.stat(path).st_mtime_ns, before)

    def test_manifest_grows_by_what_other_runs_use(self):
        self.write("program.py", harness.PREAMBLE + "import sys\nimport importlib\n"
                   "importlib.import_module(sys.argv[1]) if sys.argv[1:] else None\nreport(1)\n")
        self.launch("program.py", "colorsys")
        self.launch("program.py", "calendar")
        text = self.file(".manifest").read_text()
        self.assertIn("/colorsys.py\n", text)
        self.assertIn("/calendar.py\n", text)

    def test_two_jobs_at_once_do_not_spoil_it(self):
        import threading
        for path in self.manifests.iterdir():
            path.unlink()
        command = [harness.MPIEXEC, "-n", "1", harness.PYLAUNCH, "program.py"]
        env = {**self.environment({}), "TEST_REPORT": str(self.reports / "at_once")}
        statuses = []

        def job():
            import subprocess
            statuses.append(subprocess.run(command, env=env, cwd=self.folder, timeout=50,
                                           stdin=subprocess.DEVNULL, check=False).returncode)
        threads = [threading.Thread(target=job) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(statuses, [0, 0, 0])
        self.assertEqual(self.run_well(), self.expected)
        self.assertEqual([p.name for p in self.manifests.iterdir() if p.suffix == ".new"], [])


class Size(harness.Case):
    def test_bundles_together_stay_below_the_limit(self):
        programs = [f"import json, decimal, asyncio, email.message; {number}" for number in range(6)]
        for _ in range(2):
            self.assert_ended(self.launch("-c", programs[0]))
        (first,) = self.manifests.glob("*.bundle")
        limit = 4 * first.stat().st_size >> 20
        for program in programs[1:]:
            for _ in range(2):
                self.assert_ended(self.launch("-c", program, options=[f"--cache-limit={limit}"]))
        sizes = [path.stat().st_size for path in self.manifests.glob("*.bundle")]
        self.assertLessEqual(sum(sizes), limit << 20)
        self.assertTrue(1 <= len(sizes) <= 4, sizes)
        self.assertEqual(len(list(self.manifests.glob("*.manifest"))), 6)
        # That of the last program is among them.
        last = self.launch("-c", programs[-1], options=[f"--cache-limit={limit}", "--log-level=debug"])
        self.assertIn("bundle unchanged", last.stderr)

    def test_the_users_own_files_in_the_folder_stay(self):
        own = ["results.new", "repo.bundle", "app.manifest", "expected-output", "python-notes"]
        for name in own:
            path = self.write(name, "x" * (2 << 20), folder=self.manifests)
            os.utime(path, (0, 0))
        for _ in range(2):
            self.assert_ended(self.launch("-c", "import json, decimal", options=["--cache-limit=20"]))
        self.assertEqual(len(list(self.manifests.glob("*.bundle"))), 2)
        self.assertEqual([name for name in own if not (self.manifests / name).exists()], [])

    def test_job_without_room_for_its_bundle_runs_all_the_same(self):
        for _ in range(3):
            result = self.launch("-c", "import json; print('ran')", options=["--cache-limit=0"])
            self.assert_ended(result)
            self.assertEqual(result.stdout, "ran\nran\n")
        self.assertEqual(list(self.manifests.glob("*.bundle")), [])


if __name__ == "__main__":
    unittest.main()
