# SPDX-License-Identifier: BSD-3-Clause
"""Broadcast files and folders as paths: what importlib.resources and importlib.metadata hand out."""

import copyreg
import errno
import io
import os
import pathlib


def learn(path, is_folder=False):
    """The listing that would have answered is for the next run to have."""
    if not is_folder:
        path = os.path.dirname(path)
    # The nearest folder that is there says of all names below it that they are not.
    while path != os.path.dirname(path) and not os.path.isdir(path):
        path = os.path.dirname(path)
    memory.want("D", path)


def error_for(path, kind):
    """Why open() fails."""
    number = errno.EISDIR
    if kind == "absent":
        parent = os.path.dirname(path)
        while memory.kind_at_start(parent) == "absent":
            parent = os.path.dirname(parent)
        number = errno.ENOTDIR if memory.kind_at_start(parent) == "file" else errno.ENOENT
    return OSError(number, os.strerror(number), path)


class MemoryPathType(type):
    """The class of MemoryPath: pickle goes by it, and makes pathlib's class of MemoryPath."""

    __module__ = "pylaunch"


class MemoryPath(pathlib.PosixPath, metaclass=MemoryPathType):
    """A true path. Reading, listing, and asking what it is come from memory where it is there."""

    __module__ = "pylaunch"
    __slots__ = ()

    def __repr__(self):
        return "PosixPath" + super().__repr__()[len(type(self).__name__):]

    def __reduce__(self):
        return pathlib.PosixPath, (str(self),)

    def _is(self, kind, from_file, options):
        known = None if options else memory.kind(str(self))
        if known is not None:
            return known != "absent" if kind == "any" else known == kind
        answer = from_file(**options)
        learn(str(self), answer and kind == "folder")
        return answer

    def exists(self, **options):
        return self._is("any", super().exists, options)

    def is_file(self, **options):
        return self._is("file", super().is_file, options)

    def is_dir(self, **options):
        return self._is("folder", super().is_dir, options)

    def iterdir(self):
        names = memory.names(str(self))
        if names is not None:
            return iter([self / name for name in sorted(names)])
        memory.want("D", str(self))
        return super().iterdir()

    def open(self, mode="r", buffering=-1, encoding=None, errors=None, newline=None):
        path = str(self)
        if "b" not in mode and hasattr(io, "text_encoding"):  # not in CPython 3.9
            encoding = io.text_encoding(encoding)
        text, binary = mode in ("r", "rt", "tr"), mode in ("rb", "br")
        plain = text and buffering != 0 or binary and encoding is errors is newline is None
        if plain:
            view = memory.content(path)
            if view is not None:
                streams = memory.load("memory_streams")
                return streams.open_memory(path, view, mode, buffering, encoding, errors, newline)
            kind = memory.kind(path)
            if kind in ("absent", "folder"):
                raise error_for(path, kind)
        try:
            stream = super().open(mode, buffering, encoding, errors, newline)
        except FileNotFoundError:
            learn(path)
            raise
        if plain:
            memory.want("F", path)
        return stream

    def read_bytes(self):
        with self.open("rb") as stream:
            return stream.read()


def reduced_class(cls):
    return (type, (pathlib.PosixPath(),)) if cls is MemoryPath else cls.__qualname__


copyreg.pickle(MemoryPathType, reduced_class)
