// SPDX-License-Identifier: BSD-3-Clause
// What an index or a slice means in a buffer of so many bytes.
#pragma once

#include "python.hpp"

namespace pylaunch::mpi {

struct Range {
  Py_ssize_t start;
  Py_ssize_t size;
};

// IndexError outside the buffer; a negative index counts from its end.
Py_ssize_t item_position(PyObject* index, Py_ssize_t length);

// TypeError for what is no slice, IndexError for a step other than one.
Range slice_range(PyObject* slice, Py_ssize_t length);

}  // namespace pylaunch::mpi
