# SPDX-License-Identifier: BSD-3-Clause
"""linecache, which reads sources for tracebacks and `inspect`, looks into memory first."""

import functools


def decode(data):
    """The lines of a source file (PEP 263), the last one ended."""
    import io
    import tokenize
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    lines = io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace").readlines()
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines


def adapt(linecache):
    from_file = linecache.updatecache

    @functools.wraps(from_file)
    def updatecache(filename, module_globals=None):
        data = memory.content(filename)
        try:
            lines = None if data is None else decode(data)
        except (UnicodeError, SyntaxError):
            lines = []  # as for a file
        if lines is None:
            lines = from_file(filename, module_globals)
            if lines and filename in linecache.cache:
                memory.want("F", filename)
            return lines
        # No mtime: checkcache() then asks no file.
        linecache.cache[filename] = len(data), None, lines, filename
        return lines

    linecache.updatecache = updatecache
