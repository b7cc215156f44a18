# SPDX-License-Identifier: BSD-3-Clause
"""linecache, which reads sources for tracebacks and `inspect`, looks into memory first.

No import at module level: CPython 3.13 imports linecache for `-c`, and little else."""


def decode(data):
    """The lines of a source file (PEP 263), the last one ended."""
    import io
    import tokenize
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    lines = io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace").readlines()
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines


def from_loader(linecache, filename, module_globals):
    """The lines of a source that is no file of its own, such as a module in an archive."""
    if len(linecache.cache.get(filename, ())) > 1:
        del linecache.cache[filename]
    if not linecache.lazycache(filename, module_globals):
        return []
    (get_source,) = linecache.cache[filename]
    try:
        source = get_source()
    except (ImportError, OSError):
        return []
    if source is None:
        return []
    lines = [line + "\n" for line in source.splitlines()]
    linecache.cache[filename] = len(source), None, lines, filename
    return lines


def adapt(linecache):
    from_file = linecache.updatecache

    def updatecache(filename, module_globals=None):
        data = memory.content(filename)
        if memory.kind(filename) == "absent":
            return from_loader(linecache, filename, module_globals)
        try:
            lines = None if data is None else decode(data)
        except (UnicodeError, SyntaxError):
            lines = []  # as for a file
        if lines is None:
            lines = from_file(filename, module_globals)
            if lines and filename in linecache.cache:
                memory.want("F", filename)
            elif not lines:
                memory.want("D", filename.rpartition("/")[0])
            return lines
        # No mtime: checkcache() then asks no file.
        linecache.cache[filename] = len(data), None, lines, filename
        return lines

    # As functools.wraps() does.
    for name in ("__module__", "__qualname__", "__doc__"):
        setattr(updatecache, name, getattr(from_file, name))
    updatecache.__wrapped__ = from_file
    linecache.updatecache = updatecache
