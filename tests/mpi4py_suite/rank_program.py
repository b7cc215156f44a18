# SPDX-License-Identifier: BSD-3-Clause
"""What each rank runs: files of mpi4py's test suite, with a line of JSON for each event.

    rank_program.py SUITE_FOLDER EVENTS [-x PATTERN]... MODULE...

The events go to EVENTS.RANK: ["start", test], ["ok" | "skipped" | "failed", test, text], ["end"].
A job that dies leaves a start without a result.
"""
import contextlib
import json
import os
import sys
import unittest


class EventResult(unittest.TestResult):
    """Writes every event at once, since the process may not live to the next one."""

    file = None
    running = False  # a test, rather than the preparation of its class or module
    worst = None  # what is to be said of it

    def write(self, *event):
        print(json.dumps(event), file=self.file, flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.running, self.worst = True, None
        self.write("start", test.id())

    def stopTest(self, test):
        super().stopTest(test)
        if self.running:  # CPython 3.12.1 does not start the tests that it skips
            self.write(*(self.worst or ("ok", test.id(), "")))
        self.running = False

    def note(self, status, test, text):
        name = getattr(test, "test_case", test).id()  # a subtest counts for its test
        if not self.running:
            self.write("start", name)
            self.write(status, name, text)
        elif self.worst is None or status == "failed":
            self.worst = (status, name, text)

    def addError(self, test, err):
        super().addError(test, err)
        self.note("failed", test, self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note("failed", test, self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note("skipped", test, reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note("failed", subtest, self._exc_info_to_string(err, test))

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note("failed", test, "unexpected success")


class EventRunner:
    def __init__(self, *args, **kwargs):
        pass

    def run(self, suite):
        result = EventResult()
        result._original_stdout, result._original_stderr = sys.stdout, sys.stderr
        suite(result)
        return result


def main():
    folder, events, *arguments = sys.argv[1:]
    sys.dont_write_bytecode = True
    sys.path.insert(0, folder)
    # Asking MPI would import what is to be tested.
    rank = os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
    with open(f"{events}.{rank}", "w", encoding="utf-8") as EventResult.file:
        harness = __import__("main")
        # It ends with SystemExit: whether tests failed is in the events.
        with contextlib.suppress(SystemExit):
            harness.TestProgram(module=None, testRunner=EventRunner,
                                argv=["main.py", "--no-builddir", *arguments])
        print(json.dumps(["end"]), file=EventResult.file, flush=True)


if __name__ == "__main__":
    main()
