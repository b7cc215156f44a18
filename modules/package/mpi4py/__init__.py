# SPDX-License-Identifier: BSD-3-Clause
"""mpi4py's package, provided by pylaunch.

``mpi4py.MPI`` is pylaunch's own module, built into the launcher: MPI is
already initialised when a script starts, and is finalised after it.
"""
import os as _os

__version__ = "4.1.2"
__author__ = "The pylaunch authors (interface: MPI for Python by Lisandro Dalcin)"

__all__ = ["MPI"]

if len(__path__) > 1:  # in front of an installed mpi4py, in whose folder the rest is
    __file__ = __path__[0] + "/__init__.py"


class Rc:
    """Runtime configuration with the names that mpi4py knows.

    Set before ``mpi4py.MPI`` is imported for the first time:

    fast_reduce : bool
        Reduce objects along a tree (default: True).
    irecv_bufsz : int
        Bytes that ``irecv()`` can receive by default (default: 32768).
    errors : {"exception", "default", "abort", "fatal"}
        What an MPI error does (default: "exception").

    ``initialize``, ``threads``, ``thread_level`` and ``finalize`` have no
    effect: the launcher owns MPI, see its ``--help``. ``recv_mprobe`` has no
    effect either: objects are always received with matched probes.
    """

    initialize = True
    threads = True
    thread_level = "multiple"
    finalize: "bool | None" = None
    fast_reduce = True
    recv_mprobe = True
    irecv_bufsz = 32768
    errors = "exception"

    def __init__(self, **options: object) -> None:
        self(**options)

    def __setattr__(self, name: str, value: object) -> None:
        if not hasattr(type(self), name):
            raise TypeError(f"mpi4py.rc has no option {name!r}")
        super().__setattr__(name, value)

    def __call__(self, **options: object) -> None:
        """Set several options at once, or none if one is unknown."""
        unknown = [name for name in options if not hasattr(type(self), name)]
        if unknown:
            raise TypeError(f"mpi4py.rc has no option {unknown[0]!r}")
        for name, value in options.items():
            setattr(self, name, value)

    def __repr__(self) -> str:
        return f"<{__name__}.rc>"


rc = Rc()
__import__("sys").modules[__name__ + ".rc"] = rc


def _installed_folder() -> "str | None":
    """Return the folder of an installed mpi4py of which this package takes the place, or None."""
    return __path__[0] if _os.path.isdir(__path__[0]) else None


def get_include() -> str:
    """Return the directory of mpi4py's header files.

    These are an installed mpi4py's: what is compiled with them works with
    ``mpi4py.MPI`` here, which has the same C interface. Without one, RuntimeError.
    """
    folder = _installed_folder()
    if folder is None or not _os.path.isdir(_os.path.join(folder, "include")):
        raise RuntimeError(
            "pylaunch has no header files of mpi4py; to compile an extension against them, "
            "install mpi4py: MPICC=mpicc python3 -m pip install --no-binary mpi4py mpi4py"
        )
    return _os.path.join(folder, "include")


def get_config() -> "dict[str, str]":
    """Return what an installed mpi4py's ``mpi.cfg`` says of MPI; without one, nothing."""
    import configparser
    parser = configparser.ConfigParser()
    parser.add_section("mpi")
    folder = _installed_folder()
    if folder is not None:
        parser.read(_os.path.join(folder, "mpi.cfg"), encoding="utf-8")
    return dict(parser.items("mpi"))


def profile(
    name: str,
    *,
    path: "str | _os.PathLike[str] | list[str] | tuple[str, ...] | None" = None,
) -> None:
    """Load an MPI profiling library, with a warning: MPI has started already.

    The library's own functions become callable, but MPI calls go past its wrappers:
    only a library that is preloaded (LD_PRELOAD in the job script) gets in between.

    name : str
        The file's name, or what stands between ``lib`` and ``.so``.
    path : str or sequence of str
        Directories to look in (default: the current one).

    ValueError: there is no such file.
    """
    import ctypes
    import warnings

    if path is None:
        folders = [""]
    elif isinstance(path, (str, bytes)):
        folders = _os.fsdecode(path).split(_os.pathsep)
    else:
        folders = [_os.fsdecode(path)] if isinstance(path, _os.PathLike) else list(path)
    name = _os.fsdecode(name)
    candidates = [
        _os.path.join(_os.fsdecode(folder), file)
        for folder in folders
        for file in (name, f"lib{name}.so")
    ]
    file = next(filter(_os.path.isfile, candidates), None)
    if file is None:
        raise ValueError(f"profiler {name!r} not found")
    try:
        ctypes.CDLL(_os.path.realpath(file), mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        warnings.warn(str(error), stacklevel=2)
    else:
        warnings.warn(
            f"MPI has started before {file} was loaded: preload it to profile MPI calls",
            stacklevel=2,
        )
