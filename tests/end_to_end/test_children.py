# SPDX-License-Identifier: BSD-3-Clause
"""Programs that start processes and threads, on 4 ranks at once, and send objects between them."""

import unittest

import harness


class Children(harness.Case):
    def check_program(self, text, **options):
        self.write("worker.py", "def square(x):\n    return x * x\n\n\ndef fail(x):\n    raise ValueError(x)\n")
        self.write("program.py", harness.PREAMBLE + text)
        self.assert_like_python("program.py", ranks=4, nodes=2, **options)

    def test_multiprocessing(self):
        self.check_program("""
import multiprocessing, os, sys
class Thing:
    def __init__(self, x):
        self.x = x
    def __eq__(self, other):
        return self.x == other.x
def square(x):
    import worker
    return Thing(worker.square(x.x))
def own_import(queue):
    import json.decoder, worker
    queue.put([worker.square(7), __name__, os.path.basename(sys.executable), sys.argv[1:]])
if __name__ == "__main__":
    results = {}
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            results[method] = [pool.map(square, [Thing(i) for i in range(4)]) == [Thing(i * i) for i in range(4)]]
        queue = context.Queue()
        process = context.Process(target=own_import, args=(queue,))
        process.start()
        results[method] += [queue.get(timeout=40), process.join(), process.exitcode]
    with multiprocessing.Manager() as manager:
        results["manager"] = dict(manager.dict(a=1))
    report(results)
""")

    def test_forked_child_ends_at_the_end_of_the_program(self):
        self.check_program("""
import atexit, os, sys
path = os.environ["TEST_REPORT"] + "_exits_" + str(os.getpid())  # of this rank and its children
atexit.register(lambda: open(path, "a").write("exit "))
statuses = []
for status in (0, 3):
    child = os.fork()
    if child == 0:
        sys.exit(status)
    statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
child = os.fork()
if child != 0:
    statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    report([statuses, open(path).read()])
""")

    def test_concurrent_futures(self):
        self.check_program("""
import concurrent.futures as f, multiprocessing, threading, worker
def load(name):
    return __import__(name).__name__
if __name__ == "__main__":
    with f.ThreadPoolExecutor(4) as pool:
        threads = list(pool.map(load, ["json", "decimal", "colorsys", "worker", "xml.dom", "csv"]))
    processes = []
    for method in ("fork", "spawn"):
        with f.ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
            processes.append(list(pool.map(worker.square, range(5))))
            processes.append(pool.submit(load, "decimal").result())
            try:
                pool.submit(worker.fail, 3).result()
            except ValueError as error:
                processes.append([str(error), "worker.py" in str(error.__cause__)])
    report([threads, processes])
""")

    def test_subprocesses_of_the_interpreter(self):
        self.check_program("""
import os, subprocess, sys
def run(*arguments, **options):
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, **options)
    return [done.returncode, done.stdout, done.stderr]
report([run("-c", "import sys, worker; print(sys.executable, worker.square(3), sys.argv)", "x"),
        run("-m", "json.tool", "--compact", input="[1, 2]"), run("-c", "raise SystemExit(3)"),
        run("-c", "import os; os.kill(os.getpid(), 9)"),
        subprocess.check_output(["/bin/sh", "-c", 'exec "$0" -c "print(5)"', sys.executable], text=True)])
""")

    def test_fork_imports_from_memory_and_ends(self):
        self.check_program("""
import os, sys
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    import decimal, worker
    os.write(writer, str([worker.square(5), decimal.Decimal(2)]).encode())
    os._exit(7)
os.close(writer)
text = os.read(reader, 1000).decode()
report([text, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])])
""")

    def test_pickle_of_the_program_s_own_objects(self):
        self.check_program("""
import copy, pickle, subprocess, sys
class Thing:
    def __init__(self, x):
        self.x = x
def f(x):
    return x + 1
restored = pickle.loads(pickle.dumps([Thing(3), f, Thing]))
report([restored[0].x, restored[1] is f, restored[2] is Thing, copy.deepcopy(Thing(4)).x,
        pickle.dumps(f, 0).decode(), Thing.__module__, f.__globals__ is vars(sys.modules["__main__"])])
""")

    def test_pickle_between_ranks(self):
        self.write("worker.py", "class Item:\n    def __init__(self, x):\n        self.x = x\n")
        self.program("""
from mpi4py import MPI
import worker
class Own:
    def __init__(self, x):
        self.x = x
def f(x):
    return x * 10
comm = MPI.COMM_WORLD
things = comm.allgather([Own(comm.rank), worker.Item(comm.rank), f])
report([sum(own.x for own, _, _ in things), sum(item.x for _, item, _ in things),
        [function(1) for *_, function in things], type(things[0][0]) is Own])
""")
        for nodes in (2, 1):
            result = self.launch("program.py", ranks=4, nodes=nodes)
            self.assert_ended(result)
            for rank in range(4):
                self.assertEqual(result.reports[rank], [6, 6, [10] * 4, True])


if __name__ == "__main__":
    unittest.main()
