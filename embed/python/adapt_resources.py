# SPDX-License-Identifier: BSD-3-Clause
"""importlib.resources gives paths that look into memory first: importlib.readers, and whatever has
that module's text elsewhere (importlib_resources). CPython 3.9 has importlib._common instead."""


def copy_of(module):
    copy = type(module)(module.__name__)
    vars(copy).update(vars(module))
    return copy


def adapt(module):
    paths, archives = memory.load("memory_paths"), memory.load("memory_zip")
    if hasattr(module, "fallback_resources") and not hasattr(module, "FileReader"):
        return adapt_common(module, paths, archives)
    if not hasattr(module, "pathlib"):
        return  # from CPython 3.11 on, importlib.readers only has the names of the other module
    # These modules use pathlib for nothing but to make the paths that they hand out.
    module.pathlib = copy_of(module.pathlib)
    module.pathlib.Path = paths.MemoryPath
    if hasattr(module, "zipfile"):
        module.zipfile = copy_of(module.zipfile)
        module.zipfile.Path = archives.zip_path


def adapt_common(module, paths, archives):
    from_files = module.fallback_resources

    def fallback_resources(spec):
        archive = getattr(spec.loader, "archive", None)
        if archive is None:
            return paths.MemoryPath(from_files(spec))
        folder = paths.MemoryPath(spec.origin).parent.relative_to(archive)
        return archives.zip_path(archive, str(folder) + "/")

    module.fallback_resources = fallback_resources


class ResourceReader:
    """importlib.abc.ResourceReader of a package in a folder, for CPython 3.9."""

    def __init__(self, package_file):
        self._folder = memory.load("memory_paths").MemoryPath(package_file).parent

    def open_resource(self, resource):
        return (self._folder / resource).open("rb")

    def resource_path(self, resource):
        if not self.is_resource(resource):
            raise FileNotFoundError
        return str(self._folder / resource)

    def is_resource(self, name):
        return "/" not in name and (self._folder / name).is_file()

    def contents(self):
        return (path.name for path in self._folder.iterdir())
