// SPDX-License-Identifier: BSD-3-Clause
// The steps from a buffer argument to a specification that one block and many blocks share.
#pragma once

#include "message_spec.hpp"

namespace pylaunch::mpi {

struct TypeAndExtent {
  MPI_Datatype datatype;
  Count extent;  // 0: not known yet
};

// The items of a buffer argument; borrowed, null when not given.
struct Items {
  PyObject* buffer = nullptr;
  PyObject* count = nullptr;
  PyObject* displacement = nullptr;
  PyObject* datatype = nullptr;
};

inline PyObject* given(PyObject* item) { return item == Py_None ? nullptr : item; }

// `lists_too`: whether a list can stand for (count, displacement). For v-collectives it is a list
// of counts.
Items unpack(PyObject* argument, bool lists_too);

// Takes the buffer; returns its datatype and, if it was free to know, the extent.
TypeAndExtent acquire(BufferView& view, const Items& items, Access access, void*& address,
                      Py_ssize_t& bytes);

// How many entries the bytes are; ValueError when they are no whole number.
Count entries_in(Py_ssize_t bytes, TypeAndExtent& type);

}  // namespace pylaunch::mpi
