# SPDX-License-Identifier: BSD-3-Clause
"""What stands around mpi4py.MPI: without an installed mpi4py, and on top of one of this MPI library."""

import os
import unittest

import harness

PYTHON_OF_MPI4PY = os.environ.get("PYLAUNCH_TEST_MPI4PY_PYTHON", "")


class PackageAlone(harness.Case):
    """No mpi4py is installed."""

    def ask(self, text):
        self.write("program.py", harness.PREAMBLE + text)
        result = self.launch("program.py", ranks=1)
        self.assert_ended(result)
        return result.reports[0]

    def assert_says_what_to_install(self, text):
        self.assertIn("no mpi4py is installed", text)
        self.assertRegex(text, r"libmpi\S*\.so")
        self.assertRegex(text, r"MPICC=mpicc\S* \S+ -m pip install --no-binary mpi4py mpi4py")

    def test_import_of_what_is_missing_says_what_to_install(self):
        statements = ["import mpi4py.util", "import mpi4py.util.pkl5", "from mpi4py.util import dtlib",
                      "from mpi4py import util", "import mpi4py.futures", "from mpi4py import futures",
                      "from mpi4py.futures import MPIPoolExecutor", "import mpi4py.run",
                      "import mpi4py.bench", "import mpi4py.__main__"]
        errors = self.ask(f"""
errors = {{}}
for statement in {statements!r}:
    try:
        exec(statement)
    except ModuleNotFoundError as error:
        errors[statement] = str(error)
report(errors)
""")
        self.assertEqual(list(errors), sorted(statements))
        for text in errors.values():
            self.assert_says_what_to_install(text)

    def test_programs_that_are_missing_say_what_to_install(self):
        for name in ("mpi4py", "mpi4py.run", "mpi4py.bench", "mpi4py.futures"):
            result = self.launch("-m", name, "program.py", ranks=1)
            self.assert_ended(result, 1)
            self.assert_says_what_to_install(result.stderr)

    def test_any_other_name_is_just_not_there(self):
        result = self.launch("-c", "import mpi4py.utility", ranks=1)
        self.assert_ended(result, 1)
        self.assertTrue(result.stderr.endswith("No module named 'mpi4py.utility'\n"), repr(result))

    def test_facts_about_the_package(self):
        version, options, config, include, is_there, profiled = self.ask("""
import mpi4py, mpi4py.rc, os, sys
from mpi4py import rc
rc(errors="default", fast_reduce=False)
def error_of(call):
    try:
        return call()
    except Exception as error:
        return [type(error).__name__, str(error)]
report([mpi4py.__version__, [rc.errors, rc.fast_reduce, rc is sys.modules["mpi4py.rc"],
                             error_of(lambda: rc(no_such_option=1))],
        mpi4py.get_config(), error_of(mpi4py.get_include), hasattr(mpi4py, "util"),
        error_of(lambda: mpi4py.profile("no-such-profiler"))])
""")
        self.assertRegex(version, r"^4\.1\.")
        self.assertEqual(options[:3], ["default", False, True])
        self.assertEqual(options[3][0], "TypeError")
        self.assertEqual(config, {})
        self.assertEqual(include[0], "RuntimeError")
        self.assertIn("install mpi4py", include[1])
        self.assertFalse(is_there)
        self.assertEqual(profiled[0], "ValueError")

    def test_settings_that_are_none_are_warned_of(self):
        text = """
import warnings
import mpi4py
mpi4py.rc(%s)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from mpi4py import MPI
report([[str(each.message), each.category.__name__] for each in caught]
       + [MPI.COMM_WORLD.Get_errhandler() == MPI.ERRORS_RETURN])
"""
        for given in ("errors='exception', recv_mprobe='no', finalize=None, irecv_bufsz=0, threads=1", ""):
            self.assertEqual(self.ask(text % given), [True])
        for name, value in (("errors", "nonsense"), ("irecv_bufsz", -1), ("irecv_bufsz", "1"), ("errors", None),
                            ("initialize", 3), ("thread_level", "Single"), ("fast_reduce", "false")):
            self.assertEqual(self.ask(text % f"{name}={value!r}"),
                             [[f"mpi4py.rc.{name}: unexpected value {value!r}", "RuntimeWarning"], True])

    def test_variables_go_before_settings(self):
        self.write("program.py", harness.PREAMBLE + """
import mpi4py
mpi4py.rc.errors = "exception"
from mpi4py import MPI
report([MPI.COMM_WORLD.Get_errhandler() == MPI.ERRORS_RETURN, mpi4py.rc.fast_reduce, mpi4py.rc.irecv_bufsz])
""")
        result = self.launch("program.py", ranks=1, env={
            "MPI4PY_RC_ERRORS": "fatal", "MPI4PY_RC_FAST_REDUCE": "No", "MPI4PY_RC_IRECV_BUFSZ": "12",
            "MPI4PY_RC_THREADS": "maybe"})
        self.assert_ended(result)
        self.assertEqual(result.reports[0], [False, False, 12])
        self.assertIn("RuntimeWarning: mpi4py.rc.threads: unexpected value 'maybe'", result.stderr)

    def test_types_for_annotations(self):
        names, buffer, count = self.ask("""
import mpi4py.typing as types
from mpi4py import MPI
import typing
hints = typing.get_type_hints(type("_", (), {"__annotations__": {"a": types.BufSpec}}))
report([sorted(types.__all__), str(hints["a"]).count("SupportsBuffer") > 0,
        isinstance(1, types.Count)])
""")
        self.assertEqual(len(names), 16)
        self.assertTrue(buffer and count)


class InstalledParts(harness.Case):
    """mpi4py's own modules in Python, with the native MPI."""

    def setUp(self):
        super().setUp()
        if not PYTHON_OF_MPI4PY:
            self.skipTest("PYLAUNCH_TEST_MPI4PY_PYTHON names no interpreter with mpi4py for this "
                          "MPI library; tests/setup.sh makes one")

    def run_native(self, *arguments, ranks=2):
        result = self.launch(*arguments, ranks=ranks,
                             env={"PYLAUNCH_PYTHON": PYTHON_OF_MPI4PY, "PYLAUNCH_MPI4PY": "native"})
        self.assert_ended(result)
        return result

    def run_program(self, text, ranks=2, before=()):
        self.write("program.py", harness.PREAMBLE + "from mpi4py import MPI\n"
                   "assert 'libpylaunch-python' in MPI.__file__\n" + text)
        return self.run_native(*before, "program.py", ranks=ranks).reports

    def test_pickles_with_buffers(self):
        reports = self.run_program("""
import array
from mpi4py.util import pkl5
comm = pkl5.Intracomm(MPI.COMM_WORLD)
data = {"a": array.array("d", range(100000)), "b": comm.rank}
got = comm.sendrecv(data, 1 - comm.rank, source=1 - comm.rank)
request = comm.isend(data, 1 - comm.rank)
again = comm.mprobe(source=1 - comm.rank).recv()
request.wait()
report([got["b"], sum(got["a"]), again["b"], comm.bcast(comm.rank, 1), type(comm).__name__])
""")
        self.assertEqual(reports, {r: [1 - r, sum(range(100000)), 1 - r, 1, "Intracomm"]
                                   for r in (0, 1)})

    def test_datatypes_and_pool(self):
        reports = self.run_program("""
import numpy
from mpi4py.util import dtlib, pool
record = numpy.dtype([("x", "d"), ("n", "i")], align=True)
datatype = dtlib.from_numpy_dtype(record).Commit()
value = numpy.zeros(3, record)
value["x"] = MPI.COMM_WORLD.rank
MPI.COMM_WORLD.Bcast([value, 3, datatype], 1)
fields = dtlib.to_numpy_dtype(datatype).fields.values()  # these have names of their own
same = list(fields) == list(record.fields.values())
datatype.Free()
report([value["x"].tolist(), bool(same), pool.Pool.__name__])
""")
        self.assertEqual(reports[0], [[1.0] * 3, True, "Pool"])

    def test_synchronisation_through_windows(self):
        reports = self.run_program("""
from mpi4py.util import sync
comm = MPI.COMM_WORLD
counter = sync.Counter(comm=comm)
taken = [next(counter) for _ in range(3)]
with sync.Sequential(comm):
    pass
comm.Barrier()
counter.free()
report(comm.gather(taken))
""")
        self.assertEqual(sorted(sum(reports[0], [])), list(range(6)))

    def test_executor_over_the_world(self):
        reports = self.run_program("""
from mpi4py.futures import MPICommExecutor
result = None
with MPICommExecutor(MPI.COMM_WORLD, root=0) as executor:
    if executor is not None:
        result = list(executor.map(pow, range(6), [2] * 6))
report(result)
""", ranks=3)
        self.assertEqual(reports, {0: [0, 1, 4, 9, 16, 25], 1: None, 2: None})

    def test_executor_of_the_program_with_workers_in_the_world(self):
        reports = self.run_program("""
from mpi4py.futures import MPIPoolExecutor
if __name__ == "__main__":
    with MPIPoolExecutor() as executor:
        report([executor.num_workers, sorted(executor.map(abs, range(-4, 0)))])
""", ranks=3, before=["-m", "mpi4py.futures"])
        self.assertEqual(reports, {0: [2, [1, 2, 3, 4]]})

    def test_run_and_bench(self):
        reports = self.run_program("report(MPI.COMM_WORLD.size)", before=["-m", "mpi4py.run"])
        self.assertEqual(reports, {0: 2, 1: 2})
        self.assertEqual(self.run_program("report(7)", before=["-m", "mpi4py"]), {0: 7, 1: 7})
        result = self.run_native("-m", "mpi4py.bench", "helloworld")
        self.assertEqual(result.stdout.count("Hello, World!"), 2)

    def test_facts_about_the_package(self):
        question = ("import mpi4py\nreport([mpi4py.get_include(), mpi4py.get_config(), "
                    "mpi4py.__file__, mpi4py.__version__[:4]])\n")
        native = self.run_program(question, ranks=1)
        self.write("program.py", harness.PREAMBLE + question)
        real = self.python("program.py", python=PYTHON_OF_MPI4PY)
        self.assertEqual(native, real.reports, repr(real))


if __name__ == "__main__":
    unittest.main()
