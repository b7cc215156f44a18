# SPDX-License-Identifier: BSD-3-Clause
"""pkgutil.iter_modules() and walk_packages() over broadcast listings."""

import os


def names_in(folder):
    names = memory.names(folder)
    if names is not None:
        return names
    memory.want("D", folder)
    try:
        return os.listdir(folder)
    except OSError:
        return []


def is_folder(path):
    kind = memory.kind_at_start(path)
    return kind == "folder" if kind is not None else os.path.isdir(path)


def adapt(pkgutil):
    @pkgutil.iter_importer_modules.register(memory.finder_type)
    def iter_memory_modules(finder, prefix=""):
        """(name, is a package) for each module in the finder's folder."""
        if finder.path is None or not is_folder(finder.path):
            return
        from inspect import getmodulename
        seen = {"__init__"}
        for name in sorted(names_in(finder.path)):
            module, is_package = getmodulename(name), False
            if not module and "." not in name:
                folder = os.path.join(finder.path, name)
                inits = is_folder(folder) and [n for n in names_in(folder)
                                               if getmodulename(n) == "__init__"]
                if not inits:
                    continue
                module, is_package = name, True
            if module and "." not in module and module not in seen:
                seen.add(module)
                yield prefix + module, is_package
