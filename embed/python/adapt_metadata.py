# SPDX-License-Identifier: BSD-3-Clause
"""importlib.metadata finds and reads distributions in memory first; so does the same module under
other names (importlib_metadata)."""

import os
import re
import sys


def normalize(name):
    """PEP 503, with underscores."""
    return re.sub(r"[-_.]+", "-", name).lower().replace("-", "_")


def legacy_normalize(name):
    return name.lower().replace("-", "_")


def children_of(entry):
    """(names, join) of a search path entry in memory; None where the file system has to say."""
    kind = memory.kind_at_start(entry)  # as for imports, a new entry counts after invalidate_caches()
    if kind == "absent":
        return (), None
    names = memory.names(entry)
    if names is not None:
        return sorted(names), memory.load("memory_paths").MemoryPath(entry).joinpath
    if kind == "file" and memory.content(entry) is not None:
        try:
            path = memory.load("memory_zip").zip_path(entry)
        except Exception:  # no archive
            return (), None
        return dict.fromkeys(name.split("/", 1)[0] for name in path.root.namelist()), path.joinpath
    memory.want("F" if os.path.isfile(entry) else "D", entry)
    return None


def search(entry, children, name, normalized):
    """The names of metadata folders of the distribution `name`, of all if it is None."""
    base = os.path.basename(entry).lower()
    for child in children:
        low = child.lower()
        if low.endswith((".dist-info", ".egg-info")):
            stem = low.rpartition(".")[0].partition("-")[0]
            if name is None or normalized(stem) == normalized(name):
                yield child
        elif low == "egg-info" and base.endswith(".egg"):
            stem = base.rpartition(".")[0].partition("-")[0]
            if name is None or legacy_normalize(stem) == legacy_normalize(name):
                yield child


def adapt(module):
    finder = module.MetadataPathFinder
    from_files = finder.find_distributions
    is_first_version = module.__name__ == "importlib.metadata" and sys.version_info < (3, 10)
    normalized = legacy_normalize if is_first_version else normalize

    def find_in(entry, context):
        known = children_of(entry) if isinstance(entry, str) and entry.startswith("/") else None
        if known is None:
            yield from from_files(type(context)(**{**vars(context), "path": [entry]}))
            return
        children, join = known
        for child in search(entry, children, context.name, normalized):
            yield module.PathDistribution(join(child))

    def find_distributions(context=module.DistributionFinder.Context()):
        """Distributions that match context.name along context.path."""
        return (found for entry in context.path for found in find_in(entry, context))

    finder.find_distributions = staticmethod(find_distributions)
