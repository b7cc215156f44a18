// SPDX-License-Identifier: BSD-3-Clause
// The native extension modules that are linked into the support library.
#pragma once

#include <Python.h>

// Creates the module `mpi4py.MPI` (new reference, or null with a Python error set).
// MPI must be initialised before and finalised after the interpreter's life; importing the module
// does neither. The embedding code publishes the same object as `mpi4py.MPI` and `pylaunch.MPI`.
extern "C" PyObject* PyInit_MPI(void);
