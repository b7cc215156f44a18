# SPDX-License-Identifier: BSD-3-Clause
"""Prints an uncaught exception as CPython does, by way of linecache."""

import sys


def excepthook(kind, value, traceback):
    try:
        import traceback as printer
        text = "".join(printer.format_exception(kind, value, traceback))
        # One write: the ranks' tracebacks then do not mix line by line.
        sys.stderr.write(text)
        sys.stderr.flush()
    except Exception:
        sys.__excepthook__(kind, value, traceback)
