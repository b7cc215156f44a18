// SPDX-License-Identifier: BSD-3-Clause
// What DLPack and the CUDA array interface share: describing an array as a Py_buffer.
#pragma once

#include "message_spec.hpp"

namespace pylaunch::mpi {

struct DeviceArray {
  PyObject* owner;  // keeps the memory alive
  void* address;
  std::vector<long long> shape;
  std::vector<long long> strides;  // in elements; empty for row-major arrays
  char kind;                       // b, i, u, f or c as in numpy, or something else
  long long item_bytes;
  bool read_only;
  bool on_device;  // not addressable by the processor
};

// Marks views of memory that the processor cannot address.
inline bool is_on_device(const Py_buffer& view) { return view.internal != nullptr; }

// Raises BufferError when the array is not contiguous, or read-only against `flags`.
void fill_view(Py_buffer& view, const DeviceArray& array, int flags);

// For an object with __dlpack__.
void acquire_dlpack(PyObject* object, Py_buffer& view, int flags);

}  // namespace pylaunch::mpi
