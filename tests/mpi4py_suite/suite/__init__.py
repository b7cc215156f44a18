# SPDX-License-Identifier: BSD-3-Clause
"""Runs mpi4py's own test suite on pylaunch's MPI module and on mpi4py itself."""
