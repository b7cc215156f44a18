# SPDX-License-Identifier: BSD-3-Clause
"""inspect does not ask the file system whether a broadcast source is there."""

import functools


def adapt(inspect):
    from_file = inspect.getsourcefile

    @functools.wraps(from_file)
    def getsourcefile(object):
        filename = inspect.getfile(object)
        if filename.endswith(".py") and memory.kind(filename) == "file":
            return filename
        return from_file(object)

    inspect.getsourcefile = getsourcefile
