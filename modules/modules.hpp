// SPDX-License-Identifier: BSD-3-Clause
// The native extension modules that are linked into the support library.
#pragma once

#include <Python.h>

// Creates the module `mpi4py.MPI` (new reference, or null with a Python error set).
// MPI must be initialised before and finalised after the interpreter's life; importing the module
// does neither. The embedding code publishes the same object as `mpi4py.MPI` and `pylaunch.MPI`.
extern "C" PyObject* PyInit_MPI(void);

// Frees the windows and files that the program left, in the order of their creation. Collective
// over the processes of each, so only for a job that ends well on all of them; before MPI_Finalize
// and, as callbacks may be Python functions, before Py_FinalizeEx. Does nothing without MPI, or
// when no window or file is left.
extern "C" void pylaunch_mpi_release(void);
