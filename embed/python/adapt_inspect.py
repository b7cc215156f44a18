# SPDX-License-Identifier: BSD-3-Clause
"""inspect asks the file system neither whether a broadcast source is there nor where it really lies."""

import functools
import linecache
import os
import sys


def adapt(inspect):
    adapt_getsourcefile(inspect)
    # Both are there in CPython 3.9 to 3.13; without them getmodule() stays as it is.
    if hasattr(inspect, "modulesbyfile") and hasattr(inspect, "_filesbymodname"):
        adapt_getmodule(inspect)


def adapt_getsourcefile(inspect):
    from_file = inspect.getsourcefile

    def kind_of(filename):
        try:
            return memory.kind(os.path.abspath(filename))
        except FileNotFoundError:  # the current folder is gone
            return None

    @functools.wraps(from_file)
    def getsourcefile(object):
        filename = inspect.getfile(object)
        kind = kind_of(filename) if filename.endswith(".py") else None
        if kind == "absent":
            # In an archive, perhaps: a loader or linecache may have it nevertheless.
            module = inspect.getmodule(object, filename)
            loader = getattr(getattr(module, "__spec__", None), "loader", None)
            known = getattr(module, "__loader__", None) or loader or filename in linecache.cache
            return filename if known else None
        return filename if kind == "file" else from_file(object)

    inspect.getsourcefile = getsourcefile


def adapt_getmodule(inspect):
    """getmodule(), and so stack(), takes the realpath() of each module's file: some ten requests for each module."""
    from_modules = inspect.getmodule

    def map_modules():
        # What getmodule() itself does for modules that are new since its last call, in its order.
        for name, module in sys.modules.copy().items():
            if not inspect.ismodule(module) or not hasattr(module, "__file__"):
                continue
            if module.__file__ == inspect._filesbymodname.get(name):
                continue
            inspect._filesbymodname[name] = module.__file__
            file = inspect.getabsfile(module)
            real = memory.real_path(file)
            if real is None:
                real = os.path.realpath(file)
                if file.endswith(".py"):
                    memory.want("F", file)
            inspect.modulesbyfile[file] = inspect.modulesbyfile[real] = module.__name__

    def is_mapped(object, filename):
        if inspect.ismodule(object) or hasattr(object, "__module__"):
            return True
        if filename is not None and filename in inspect.modulesbyfile:
            return True
        try:
            return inspect.getabsfile(object, filename) in inspect.modulesbyfile
        except (TypeError, FileNotFoundError):
            return True  # getmodule() gives up there

    @functools.wraps(from_modules)
    def getmodule(object, _filename=None):
        if not is_mapped(object, _filename):
            map_modules()
        return from_modules(object, _filename)

    inspect.getmodule = getmodule
