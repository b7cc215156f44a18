// SPDX-License-Identifier: BSD-3-Clause
// From a buffer argument to (address, count, datatype).
//
// A buffer argument is an object with the buffer protocol (or DLPack, or the CUDA array interface),
// or a list/tuple [buffer], [buffer, datatype], [buffer, count], [buffer, count, datatype],
// [buffer, (count, displacement), datatype], [buffer, count, displacement, datatype]. None and
// BOTTOM are buffers at MPI_BOTTOM that need an explicit datatype. Displacements count datatype
// extents.
//
// A specification owns its view of the buffer: it lives on the stack of a blocking call, and on
// the heap, held by the request, of a non-blocking one. It is neither copied nor moved.
#pragma once

#include <memory>
#include <optional>

#include "handle.hpp"
#include "large_count.hpp"

namespace pylaunch::mpi {

enum class Access { read, write };

// A view of an object's memory, released at the end.
class BufferView {
 public:
  BufferView() = default;
  ~BufferView() { release(); }
  BufferView(const BufferView&) = delete;
  BufferView& operator=(const BufferView&) = delete;

  // `flags` as for PyObject_GetBuffer. Falls back on DLPack and the CUDA array interface.
  void acquire(PyObject* object, int flags);
  void acquire_contiguous(PyObject* object, Access access, bool with_format = false);
  void release();

  void* address() const { return view_.buf; }
  Py_ssize_t bytes() const { return view_.len; }
  Py_buffer& raw() { return view_; }

 private:
  enum class Kind { none, buffer_protocol, device };
  Py_buffer view_;
  Kind kind_ = Kind::none;
};

// True for objects that BufferView accepts, by the cheapest test for each protocol.
bool has_device_buffer(PyObject* object);
// Fills in `view` from DLPack or the CUDA array interface after the buffer protocol has failed;
// when the object has neither, that failure's error stands.
void acquire_device_buffer_or_rethrow(PyObject* object, Py_buffer& view, int flags);

// The datatype of a Datatype or of a code such as "d" or "f8"; KeyError when there is none.
MPI_Datatype datatype_argument(PyObject* object);
PyObject* lookup_datatype_code(PyObject* code);  // borrowed Datatype
inline bool names_datatype(PyObject* object) {
  return is_instance<Datatype>(object) || PyUnicode_Check(object);
}

// One block of elements.
struct BufferSpec {
  void* address = nullptr;
  Count count = 0;
  MPI_Datatype datatype = MPI_BYTE;

  // `peer` PROC_NULL: the argument is not looked at. `blocks` > 1: the count is per block, and an
  // inferred one must divide evenly.
  void parse(PyObject* argument, Access access, int peer, int blocks = 0);
  void set_in_place() { address = MPI_IN_PLACE; }

 private:
  friend struct VectorSpec;
  BufferView view_;
};

// Blocks of different sizes, as for Scatterv and Gatherv.
struct VectorSpec {
  void* address = nullptr;
  Counts counts;
  Displacements displacements;
  MPI_Datatype datatype = MPI_BYTE;

  void parse(PyObject* argument, Access access, int peer, int blocks);
  void set_in_place() { address = MPI_IN_PLACE; }

 private:
  BufferView view_;
};

// Blocks of different sizes and datatypes, as for Alltoallw; displacements are in bytes, before MPI 4
// of another type for neighborhoods than for others.
template <class Offset>
struct BasicVectorWSpec {
  void* address = nullptr;
  Counts counts;
  std::vector<Offset> displacements;
  std::vector<MPI_Datatype> datatypes;

  void parse(PyObject* argument, Access access, int blocks);
  void set_in_place() { address = MPI_IN_PLACE; }

 private:
  BufferView view_;
};

using VectorWSpec = BasicVectorWSpec<Displacement>;
using NeighborVectorWSpec = BasicVectorWSpec<MPI_Aint>;

std::vector<MPI_Datatype> datatypes_argument(PyObject* sequence, std::size_t expected);

// Hands a C++ object to Python for safe keeping. `kind`, if any, is what held<> asks for.
template <class Held>
Ref keep_alive(std::unique_ptr<Held> held, const char* kind = nullptr) {
  Ref capsule = own(PyCapsule_New(held.get(), kind, [](PyObject* self) {
    delete static_cast<Held*>(PyCapsule_GetPointer(self, PyCapsule_GetName(self)));
  }));
  static_cast<void>(held.release());
  return capsule;
}

// MPI takes the arrays of a v-collective by pointer; a missing array is a null pointer.
template <class Values>
auto data_or_null(const Values& values) {
  return values.empty() ? nullptr : values.data();
}

}  // namespace pylaunch::mpi
