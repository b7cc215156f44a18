// SPDX-License-Identifier: BSD-3-Clause
// Serialisation of Python objects for the lower-case methods.
#pragma once

#include <vector>

#include "large_count.hpp"

namespace pylaunch::mpi {

// A serialised object as a bytes object that MPI reads from.
struct Pickled {
  Ref bytes;

  const char* data() const { return bytes ? PyBytes_AS_STRING(bytes.get()) : nullptr; }
  Count size() const { return bytes ? static_cast<Count>(PyBytes_GET_SIZE(bytes.get())) : 0; }
};

// Many serialised objects, one after the other.
struct PickledBlocks {
  Ref bytes;
  Counts counts;
  Displacements displacements;

  const char* data() const { return bytes ? PyBytes_AS_STRING(bytes.get()) : nullptr; }
};

Pickled pickle_dump(PyObject* object);

// The items of a sequence (None: that many Nones); ValueError unless there are `expected`.
PickledBlocks pickle_dump_all(PyObject* sequence, int expected);

// An uninitialised bytes object for MPI to receive into, before anything else sees it.
Ref receive_buffer(Py_ssize_t bytes);
inline char* bytes_data(const Ref& bytes) { return PyBytes_AS_STRING(bytes.get()); }

// An empty stream stands for None.
Ref pickle_load(PyObject* bytes);
Ref pickle_load_part(PyObject* owner, char* data, Py_ssize_t bytes);
Ref pickle_load_all(PyObject* bytes, const Counts& counts, const Displacements& displacements);

}  // namespace pylaunch::mpi
