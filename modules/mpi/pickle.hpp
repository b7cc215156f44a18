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

// A buffer that a pickle refers to without containing it; `owner` keeps it alive.
struct OutOfBandBuffer {
  Ref owner;
  const void* address;
  Py_ssize_t bytes;
};
using OutOfBandBuffers = std::vector<OutOfBandBuffer>;

// The same, but contiguous buffers of MPI.pickle.THRESHOLD bytes and more go to `buffers`, unless
// MPI.pickle has functions of the user's or a protocol below 5.
Pickled pickle_dump(PyObject* object, OutOfBandBuffers& buffers);
Ref pickle_load_out_of_band(PyObject* pickle, PyObject* buffers);

// The items of a sequence (None: that many Nones); ValueError unless there are `expected`.
PickledBlocks pickle_dump_all(PyObject* sequence, int expected);

// An uninitialised bytes object for MPI to receive into, before anything else sees it.
Ref receive_buffer(Py_ssize_t bytes);
inline char* bytes_data(const Ref& bytes) { return PyBytes_AS_STRING(bytes.get()); }

// An empty stream stands for None. Objects may come to refer to the memory: nobody else may have
// it.
Ref pickle_load(PyObject* bytes);
Ref pickle_load_part(PyObject* owner, char* data, Py_ssize_t bytes);
// For memory that others will use again.
Ref pickle_load_copied(char* data, Py_ssize_t bytes);
Ref pickle_load_all(PyObject* bytes, const Counts& counts, const Displacements& displacements);

}  // namespace pylaunch::mpi
