# SPDX-License-Identifier: BSD-3-Clause
"""Broadcast zip archives: for zipimport, importlib.resources and importlib.metadata."""

import sys
import zipimport


class MemoryZipImporter(zipimport.zipimporter):
    """A zipimporter that does not ask whether its archive is there. The archive's bytes it gets
    from io.open_code(), as zipimporter does."""

    __module__ = "pylaunch"

    def __init__(self, path):
        archive = memory.archive(path)
        if archive is None:
            super().__init__(path)
            return
        directories = zipimport._zip_directory_cache
        if archive not in directories:
            directories[archive] = zipimport._read_directory(archive)
        self._files = directories[archive]
        self.archive = archive
        prefix = path[len(archive):].strip("/")
        self.prefix = prefix + "/" if prefix else ""

    def __reduce__(self):
        return zipimport.zipimporter, ("/".join(filter(None, (self.archive, self.prefix))),)

    def invalidate_caches(self):
        memory.recheck(self.archive)
        if hasattr(super(), "invalidate_caches"):  # from CPython 3.10 on
            super().invalidate_caches()


def is_standard(hook):
    """Of these it is known that they want archives and folders only."""
    return (hook is memory.path_hook or hook is zipimport.zipimporter
            or getattr(hook, "__name__", None) == "path_hook_for_FileFinder")


def find(path, is_absolute):
    """What sys.path_hooks have for a path in or below a broadcast file: None if that is no archive
    and nobody else can want it. An archive that is named by a relative path is zipimporter's own affair."""
    try:
        finder = MemoryZipImporter(path)
    except zipimport.ZipImportError:
        if all(map(is_standard, sys.path_hooks)):
            return None
        raise
    if not is_absolute:
        raise ImportError("not an absolute path")
    return finder


def zip_path(root, at=""):
    """zipfile.Path(root, at)."""
    import zipfile
    if root == "":
        raise FileNotFoundError(2, "No such file or directory", root)
    view = memory.content(root) if isinstance(root, str) else None
    if view is not None:
        stream = memory.load("memory_streams").open_memory(root, view)
        return zipfile.Path(zipfile.ZipFile(stream), at)
    if isinstance(root, str) and memory.kind_at_start(root) == "folder":
        raise IsADirectoryError(21, "Is a directory", root)
    path = zipfile.Path(root, at)
    if isinstance(root, str):
        memory.want("F", root)
    return path
