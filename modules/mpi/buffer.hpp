// SPDX-License-Identifier: BSD-3-Clause
// MPI.buffer: a view of raw memory with the buffer protocol.
#pragma once

#include "python.hpp"

namespace pylaunch::mpi {

// A buffer over memory that nobody owns here: valid as long as the caller says.
Ref buffer_over(void* address, Py_ssize_t bytes, bool read_only = false);

// A buffer over part of another object's memory; keeps `owner` alive.
Ref buffer_within(PyObject* owner, void* address, Py_ssize_t bytes, bool read_only);

// MPI.buffer.frombuffer(object).
Ref buffer_from(PyObject* object, bool read_only);

bool is_buffer_object(PyObject* object);
const Py_buffer& buffer_view(PyObject* object);  // TypeError for other objects
void release_buffer(PyObject* object);

}  // namespace pylaunch::mpi
