// SPDX-License-Identifier: BSD-3-Clause
// The native extension modules that are linked into the support library.
#pragma once

#include <Python.h>

// Creates the module `mpi4py.MPI` (new reference, or null with a Python error set).
// MPI must be initialised before and finalised after the interpreter's life; importing the module
// does neither. The embedding code publishes the same object as `mpi4py.MPI` and `pylaunch.MPI`.
extern "C" PyObject* PyInit_MPI(void);

// 1 when the program left windows, files or communicators on this process, else 0; 0 without MPI.
extern "C" int pylaunch_mpi_has_left(void);

// Frees the windows, files and communicators that the program left, as far as all processes of each
// have it still; communicators only where no other library of the process uses MPI.
// Collective over the communicator, which has to be nobody else's and have all processes of the
// job; when all of them have come to their end. After Py_FinalizeEx, so that no Python code
// uses them any more, and before MPI_Finalize. Does nothing without MPI.
// The first error code of MPI, or MPI_SUCCESS.
extern "C" int pylaunch_mpi_release(int fortran_communicator);
