# SPDX-License-Identifier: BSD-3-Clause
"""What a script can ask of the launcher that runs it.

``from pylaunch import MPI`` gives the native MPI module, with mpi4py's interface, always;
``from mpi4py import MPI`` gives the same one unless an mpi4py for this MPI library is installed.
"""

__version__ = "0.1.0"

__all__ = ["MPI"]
