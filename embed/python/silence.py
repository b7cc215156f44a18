# SPDX-License-Identifier: BSD-3-Clause
"""Work ahead of the program, whose warnings the program is to give where it comes to the same work."""

import warnings


def silently(function, *arguments, every=False):
    """What function(*arguments) returns, and whether it has warned: so that it would be seen, or at all
    (`every`). Nothing is shown; what is an error, by -W error, is raised.

    Not with catch_warnings(): CPython goes on with the list of filters that it saw last when `warnings`
    is taken out of sys.modules again."""
    messages = []
    filters, seen_once, show = list(warnings.filters), dict(warnings.onceregistry), warnings.showwarning
    warnings.showwarning = lambda *message: messages.append(message)
    if every:
        warnings.simplefilter("always")
    try:
        result = function(*arguments)
    finally:
        warnings.showwarning = show
        warnings.filters[:] = filters
        warnings.onceregistry.clear()
        warnings.onceregistry.update(seen_once)
    return result, bool(messages)
