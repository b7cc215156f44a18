// SPDX-License-Identifier: BSD-3-Clause
#include "buffer_items.hpp"

namespace pylaunch::mpi {

Py_ssize_t item_position(PyObject* index, Py_ssize_t length) {
  Py_ssize_t position = PyNumber_AsSsize_t(index, PyExc_IndexError);
  if (position == -1 && PyErr_Occurred() != nullptr) {
    throw PythonError{};
  }
  position += position < 0 ? length : 0;
  if (position < 0 || position >= length) {
    fail(PyExc_IndexError, "index out of range");
  }
  return position;
}

Range slice_range(PyObject* slice, Py_ssize_t length) {
  if (!PySlice_Check(slice)) {
    fail(PyExc_TypeError, "index must be integer or slice");
  }
  Py_ssize_t start = 0;
  Py_ssize_t stop = 0;
  Py_ssize_t step = 1;
  succeed(PySlice_Unpack(slice, &start, &stop, &step));
  const Py_ssize_t size = PySlice_AdjustIndices(length, &start, &stop, step);
  if (step != 1) {
    fail(PyExc_IndexError, "slice with step not supported");
  }
  return {start, size};
}

}  // namespace pylaunch::mpi
