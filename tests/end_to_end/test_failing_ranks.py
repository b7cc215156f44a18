# SPDX-License-Identifier: BSD-3-Clause
"""One failing or signalled rank ends the job; nothing hangs."""

import os
import signal
import time
import unittest

import harness


class WhileOthersWait(harness.Case):
    """One failing rank ends the job within seconds, whatever the others do."""

    timeout = 40
    soon = 15  # seconds: the launcher gives the others a short time, and this machine is busy

    def check(self, others, failure="raise ValueError('rank 1 fails')", prelude="", status=1, ranks=2):
        self.write("program.py", f"""
import os, sys, time
from pylaunch import MPI
comm = MPI.COMM_WORLD
{prelude}
if comm.Get_rank() == 1:
    {failure}
else:
    {others}
""")
        result = self.launch("program.py", ranks=ranks)
        self.assertLess(result.seconds, self.soon, repr(result))
        self.assertNotEqual(result.status, 0, repr(result))
        if status is not None:
            self.assertEqual(result.status, status, repr(result))
        else:
            self.assertNotIn("Traceback", result.stderr, "it has not ended as it was to")
        return result

    def test_in_a_barrier(self):
        result = self.check("comm.Barrier()")
        self.assertEqual(result.stderr.count("ValueError: rank 1 fails"), 1, repr(result))
        self.assertIn("raise ValueError('rank 1 fails')", result.stderr)
        self.assertIn('program.py", line', result.stderr)

    def test_in_a_receive(self):
        self.check("comm.recv(source=1)")

    def test_asleep(self):
        self.check("time.sleep(60)")

    def test_in_a_loop(self):
        self.check("exec('while True: pass')")

    def test_exit_status_of_the_failing_rank(self):
        self.check("comm.Barrier()", failure="sys.exit(9)", status=9)

    def test_exit_with_a_text(self):
        result = self.check("comm.Barrier()", failure="sys.exit('enough')", status=1)
        self.assertIn("enough", result.stderr)

    def test_hard_exit(self):
        self.check("comm.Barrier()", failure="os._exit(5)", status=None)

    def test_killed(self):
        self.check("comm.Barrier()", failure="os.kill(os.getpid(), 9)", status=None)

    def test_crashed(self):
        self.check("comm.Barrier()", failure="__import__('ctypes').string_at(0)", status=None)

    def test_failing_rank_has_a_thread_that_does_not_end(self):
        self.check("comm.Barrier()", prelude="import threading",
                   failure="threading.Thread(target=time.sleep, args=(60,)).start(); raise ValueError", status=1)

    def test_failing_import_on_one_rank(self):
        result = self.check("comm.Barrier()", failure="import nowhere_at_all")
        self.assertIn("ModuleNotFoundError: No module named 'nowhere_at_all'", result.stderr)

    def test_abort(self):
        self.check("comm.Barrier()", failure="comm.Abort(6)", status=6)

    def test_all_ranks_fail_and_each_prints(self):
        self.write("program.py", "raise ValueError('everybody')\n")
        result = self.launch("program.py", ranks=3)
        self.assert_ended(result, 1)
        self.assertEqual(result.stderr.count("ValueError: everybody"), 3, repr(result))

    # Longer than a failed program has for its threads and exit handlers, and than the launcher lets
    # others wait for a failed rank.
    WORK_ON = """
import os, sys, threading, time
def work():
    time.sleep(6)
    print("done", flush=True)
if os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")) == "%d":
    threading.Thread(target=work).start()
sys.exit(%d)
"""

    def test_rank_that_has_ended_well_waits_for_the_threads_of_others(self):
        self.write("program.py", self.WORK_ON % (1, 0))
        result = self.launch("program.py", ranks=2)
        self.assert_ended(result)
        self.assertEqual(result.stdout, "done\n")

    def test_failed_program_that_is_alone_may_take_its_time(self):
        self.write("program.py", self.WORK_ON % (0, 3))
        result = self.launch("program.py", ranks=1)
        self.assert_ended(result, 3)
        self.assertEqual((result.stdout, result.stderr), ("done\n", ""))


class Signals(harness.Case):
    """SIGTERM and SIGINT end a program as a user expects."""

    PROGRAM = """
import atexit, os, pathlib, time
atexit.register(pathlib.Path("atexit").touch)
try:
    pathlib.Path("ready").write_text(str(os.getpid()))
    time.sleep(30)
finally:
    pathlib.Path("finally").touch()
"""

    def send(self, number, to_program=True, text=PROGRAM, ranks=1):
        self.write("program.py", text)

        def act(process):
            ready = self.folder / "ready"
            deadline = time.monotonic() + 20
            while not (ready.exists() and ready.read_text()):
                self.assertIsNone(process.poll(), "it has ended before the signal")
                self.assertLess(time.monotonic(), deadline, "it has not started")
                time.sleep(0.02)
            os.kill(int(ready.read_text()) if to_program else process.pid, number)
        return self.launch("program.py", ranks=ranks, act=act)

    def test_terminated_children_end_at_once(self):
        # Some of them get the signal between fork() and the end of its handlers.
        self.write("program.py", harness.PREAMBLE + """
import os, signal, time
ended = set()
for _ in range(300):
    child = os.fork()
    if child == 0:
        time.sleep(10)
        os._exit(0)
    os.kill(child, signal.SIGTERM)
    ended.add(os.waitpid(child, 0)[1])
report(sorted(ended))
""")
        self.assert_like_python("program.py", ranks=1, runs=1)

    def test_terminate_runs_finally_and_exit_handlers(self):
        result = self.send(signal.SIGTERM)
        self.assert_ended(result, 143)
        self.assertTrue((self.folder / "finally").exists(), repr(result))
        self.assertTrue((self.folder / "atexit").exists(), repr(result))
        self.assertLess(result.seconds, 15)

    def test_terminate_to_mpiexec_ends_the_job(self):
        # The status is Hydra's affair, and now and then 0, with python3 as well.
        result = self.send(signal.SIGTERM, to_program=False, ranks=2)
        self.assertLess(result.seconds, 20)

    def test_terminate_in_a_computation_that_does_not_return(self):
        result = self.send(signal.SIGTERM, text=self.PROGRAM.replace(
            "time.sleep(30)", "import ctypes; ctypes.PyDLL(None).sleep(60)"))
        self.assertNotEqual(result.status, 0)
        self.assertLess(result.seconds, 25)

    def test_handler_of_the_program_replaces_the_default(self):
        result = self.send(signal.SIGTERM, text="""
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *a: sys.exit(17))
pathlib.Path("ready").write_text(str(os.getpid()))
time.sleep(30)
""")
        self.assert_ended(result, 17)

    def test_interrupt_is_a_keyboard_interrupt(self):
        result = self.send(signal.SIGINT)
        self.assertIn(result.status, (130, 2), repr(result))
        self.assertIn("KeyboardInterrupt", result.stderr)
        self.assertTrue((self.folder / "finally").exists())

    def test_interrupt_during_the_start_up_is_no_error_of_pylaunch(self):
        self.write("program.py", "import decimal\n")
        site = self.folder / "site"
        site.mkdir()
        self.write("sitecustomize.py", """
import os, signal, sys
class Finder:
    def find_spec(self, name, path, target=None):
        if name == "decimal":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
""", site)
        result = self.launch("program.py", env={"PYTHONPATH": site}, ranks=2)
        self.assertEqual(result.status, 130, repr(result))
        self.assertIn("interrupted during collect", result.stderr)

    def test_children_keep_the_plain_effect_of_terminate(self):
        self.write("program.py", """
import multiprocessing, time
p = multiprocessing.get_context("fork").Process(target=time.sleep, args=(30,))
p.start()
time.sleep(0.2)
p.terminate()
p.join()
print(p.exitcode)
""")
        result = self.launch("program.py", ranks=1)
        self.assertEqual(result.stdout, "-15\n", repr(result))

    def test_faulthandler_speaks_for_a_crash_on_every_rank(self):
        # MPI's libraries have handlers of their own for these signals.
        for rank in (0, 1):
            self.write("program.py", f"""
import os, signal, time
if os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")) == "{rank}":
    os.kill(os.getpid(), signal.SIGSEGV)
time.sleep(20)
""")
            result = self.launch("-X", "faulthandler", "program.py", ranks=2)
            self.assertIn("Fatal Python error: Segmentation fault", result.stderr, repr(result))
            self.assertIn('program.py", line 4 in <module>', result.stderr, repr(result))
            self.assertNotEqual(result.status, 0)


if __name__ == "__main__":
    unittest.main()
