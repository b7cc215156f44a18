# SPDX-License-Identifier: BSD-3-Clause
"""What a script can ask of the launcher that runs it.

``from pylaunch import MPI`` is the same module as ``from mpi4py import MPI``.
"""

from mpi4py import MPI

__version__ = "0.1.0"

__all__ = ["MPI"]
