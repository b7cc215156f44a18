# SPDX-License-Identifier: BSD-3-Clause
"""inspect does not ask the file system whether a broadcast source is there."""

import functools
import linecache


def adapt(inspect):
    from_file = inspect.getsourcefile

    @functools.wraps(from_file)
    def getsourcefile(object):
        filename = inspect.getfile(object)
        kind = memory.kind(filename) if filename.endswith(".py") else None
        if kind == "absent":
            # In an archive, perhaps: a loader or linecache may have it nevertheless.
            module = inspect.getmodule(object, filename)
            loader = getattr(getattr(module, "__spec__", None), "loader", None)
            known = getattr(module, "__loader__", None) or loader or filename in linecache.cache
            return filename if known else None
        return filename if kind == "file" else from_file(object)

    inspect.getsourcefile = getsourcefile
