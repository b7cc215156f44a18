# SPDX-License-Identifier: BSD-3-Clause
"""CPython 3.13 and later give the text of `-c` to linecache, so that tracebacks show its lines."""

import linecache


def register(code, source):
    """Both arguments are those of CPython's own call; which the first is differs by patch release."""
    by_code = hasattr(linecache, "_interactive_cache")
    linecache._register_code(code if by_code else code.co_filename, source, code.co_filename)
