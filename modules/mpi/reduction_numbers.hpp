// SPDX-License-Identifier: BSD-3-Clause
// Reductions of Python numbers without pickling.
#pragma once

#include "handle.hpp"

namespace pylaunch::mpi {

// op(left, right), for an Op or any callable.
Ref apply_function(PyObject* op, PyObject* left, PyObject* right);

// The reduction, if every process has a number and the operation is MPI's own; else empty.
// Collective, with the same outcome everywhere.
Ref reduce_numbers(PyObject* object, PyObject* op, MPI_Comm comm);

}  // namespace pylaunch::mpi
