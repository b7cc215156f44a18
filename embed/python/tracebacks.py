# SPDX-License-Identifier: BSD-3-Clause
"""Prints an uncaught exception by CPython's own hook, which finds the source files in memory."""

import io
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


def excepthook(kind, value, traceback):
    stream = sys.stderr
    # One write: the ranks' tracebacks then do not mix line by line. A terminal may get colours.
    collect = hasattr(stream, "isatty") and not stream.isatty()
    if collect:
        sys.stderr = io.StringIO()
    open_file = io.open
    io.open = open_with(open_file)
    try:
        sys.__excepthook__(kind, value, traceback)
    finally:
        io.open = open_file
        text, sys.stderr = sys.stderr, stream
    if collect:
        stream.write(text.getvalue())
        stream.flush()
