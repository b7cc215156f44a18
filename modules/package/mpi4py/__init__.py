# SPDX-License-Identifier: BSD-3-Clause
"""mpi4py's package, provided by pylaunch.

``mpi4py.MPI`` is pylaunch's own module, built into the launcher: MPI is
already initialised when a script starts, and is finalised after it.
"""

__version__ = "4.1.2"
__author__ = "The pylaunch authors (interface: MPI for Python by Lisandro Dalcin)"

__all__ = ["MPI"]


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
    finalize = None
    fast_reduce = True
    recv_mprobe = True
    irecv_bufsz = 32768
    errors = "exception"

    def __init__(self, **options):
        self(**options)

    def __setattr__(self, name, value):
        if not hasattr(type(self), name):
            raise TypeError(f"mpi4py.rc has no option {name!r}")
        super().__setattr__(name, value)

    def __call__(self, **options):
        """Set several options at once, or none if one is unknown."""
        unknown = [name for name in options if not hasattr(type(self), name)]
        if unknown:
            raise TypeError(f"mpi4py.rc has no option {unknown[0]!r}")
        for name, value in options.items():
            setattr(self, name, value)

    def __repr__(self):
        return f"<{__name__}.rc>"


rc = Rc()
__import__("sys").modules[__name__ + ".rc"] = rc


def get_include():
    """Return the directory of mpi4py's header files: there is none here."""
    raise NotImplementedError(
        "pylaunch provides mpi4py.MPI at run time only; to compile an extension "
        "against mpi4py's headers, install mpi4py and build with a plain python3"
    )


def get_config():
    """Return how MPI was configured, as far as the package knows: nothing."""
    return {}


def profile(name, *, path=None):
    """Load an MPI profiling library: only the job's command line can do that."""
    raise NotImplementedError(
        f"cannot load the profiler {name!r} after MPI has started; preload it in the "
        "job script, for example with LD_PRELOAD"
    )
