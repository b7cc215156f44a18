// SPDX-License-Identifier: BSD-3-Clause
// BOTTOM, IN_PLACE and BUFFER_AUTOMATIC: addresses with a meaning.
#pragma once

#include "python.hpp"

namespace pylaunch::mpi {

extern PyObject* bottom_object;
extern PyObject* in_place_object;
extern PyObject* buffer_automatic_object;

// None stands for both in buffer arguments, as in mpi4py.
inline bool is_bottom(PyObject* object) { return object == Py_None || object == bottom_object; }
inline bool is_in_place(PyObject* object) { return object == Py_None || object == in_place_object; }

}  // namespace pylaunch::mpi
