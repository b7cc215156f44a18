# SPDX-License-Identifier: BSD-3-Clause
# cython: language_level=3
"""What h5py and petsc4py do: take handles out of mpi4py's objects, and make objects of handles."""
cimport mpi4py.MPI as MPI
from mpi4py.libmpi cimport *


def size_of(MPI.Comm comm not None):
    cdef int size = 0
    if MPI_Comm_size(comm.ob_mpi, &size) != MPI_SUCCESS:
        raise RuntimeError("MPI_Comm_size")
    return size


def duplicate(MPI.Intracomm comm not None):
    cdef MPI.Intracomm copy = MPI.Intracomm.__new__(MPI.Intracomm)
    if MPI_Comm_dup(comm.ob_mpi, &copy.ob_mpi) != MPI_SUCCESS:
        raise RuntimeError("MPI_Comm_dup")
    return copy


def source_of(MPI.Status status not None):
    return status.ob_mpi.MPI_SOURCE


def is_null(MPI.Request request not None):
    return request.ob_mpi == MPI_REQUEST_NULL
