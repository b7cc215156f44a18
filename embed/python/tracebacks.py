# SPDX-License-Identifier: BSD-3-Clause
"""Prints an uncaught exception by CPython's own hook, which finds the source files in memory."""

import _io
import posix
import sys


def open_with(open_file):
    """io.open, which CPython up to 3.12 opens source files with, for broadcast files too. Its parser
    looks for the encoding through the descriptor, so there has to be one."""
    def open_source(file, mode="r", *arguments, **options):
        if mode != "rb" or not isinstance(file, str):
            return open_file(file, mode, *arguments, **options)
        path = file if file.startswith("/") else posix.getcwd() + "/" + file
        for name in (file, path):
            copy = memory.copy(name)
            if copy is not None:
                return open_file(copy, mode, *arguments, **options)
        stream = open_file(file, mode, *arguments, **options)
        memory.want("F", path)
        return stream
    return open_source


def take_sources_from_memory():
    """Until what it returns is called."""
    io = sys.modules.get("io")
    if io is None:  # since 3.14 it is not there from the start
        return lambda: None
    open_file = io.open
    io.open = open_with(open_file)

    def end():
        io.open = open_file
    return end


def print_exception(kind, value, traceback):
    end = take_sources_from_memory()
    try:
        sys.__excepthook__(kind, value, traceback)
    finally:
        end()


def is_file(stream):
    """A text stream on a file or pipe. What else stands in for one gets from CPython's own hook what it gets
    under python3, and so does a terminal, which may get colours."""
    try:
        return isinstance(stream, _io.TextIOWrapper) and not stream.isatty()
    except Exception:  # it is closed
        return False


def excepthook(kind, value, traceback):
    stream = getattr(sys, "stderr", None)
    if not is_file(stream):
        print_exception(kind, value, traceback)
        return
    # One write: the ranks' tracebacks then do not mix line by line.
    sys.stderr = text = _io.StringIO()
    try:
        print_exception(kind, value, traceback)
    finally:
        sys.stderr = stream
    try:
        stream.write(text.getvalue())
        stream.flush()
    except Exception:
        # The stream cannot take some of it: CPython's hook says what it can, and is silent about the rest.
        print_exception(kind, value, traceback)
