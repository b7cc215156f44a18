// SPDX-License-Identifier: BSD-3-Clause
// Handles as arguments of methods.
#pragma once

#include "conversion.hpp"
#include "objects.hpp"

namespace pylaunch::mpi {

[[noreturn]] void fail_type(PyTypeObject& expected, PyObject* got);

template <class Object>
requires std::is_base_of_v<HandleObject<typename Object::Handle>, Object>
struct Argument<Object&> {
  static constexpr bool optional = false;
  static constexpr const char* annotation = Object::kName;
  static Object& from(PyObject* object) {
    if (!is_instance<Object>(object)) [[unlikely]] {
      fail_type(Object::type, object);
    }
    return cast<Object>(object);
  }
};

// May be left out or None: a null pointer.
template <class Object>
requires std::is_base_of_v<HandleObject<typename Object::Handle>, Object>
struct Argument<Object*> {
  static constexpr bool optional = true;
  static constexpr const char* annotation = Object::kNameOrNone;
  static Object* from(PyObject* object) {
    if (object == nullptr || object == Py_None) {
      return nullptr;
    }
    return &Argument<Object&>::from(object);
  }
};

inline MPI_Status* status_pointer(Status* status) {
  return status == nullptr ? MPI_STATUS_IGNORE : &status->ob_mpi;
}

// `op`, MPI.SUM when left out.
struct OpOrSum {
  MPI_Op handle;
  const Op* object;  // null when left out
  operator MPI_Op() const { return handle; }
};
template <>
struct Argument<OpOrSum> {
  static constexpr bool optional = true;
  static constexpr const char* annotation = "Op";
  static constexpr const char* default_name = "SUM";
  static OpOrSum from(PyObject* object) {
    const Op* op = object == nullptr ? nullptr : &Argument<Op&>::from(object);
    return {op == nullptr ? MPI_SUM : op->ob_mpi, op};
  }
};

// `info`, MPI.INFO_NULL when left out.
struct InfoOrNull {
  MPI_Info handle;
  operator MPI_Info() const { return handle; }
};
template <>
struct Argument<InfoOrNull> {
  static constexpr bool optional = true;
  static constexpr const char* annotation = "Info";
  static constexpr const char* default_name = "INFO_NULL";
  static InfoOrNull from(PyObject* object) {
    return {object == nullptr ? MPI_INFO_NULL : Argument<Info&>::from(object).ob_mpi};
  }
};

}  // namespace pylaunch::mpi
