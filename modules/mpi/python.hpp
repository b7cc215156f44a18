// SPDX-License-Identifier: BSD-3-Clause
// What every file here needs of CPython and MPI: owned references, errors, and the GIL.
//
// Inside this folder a failure is a C++ exception: PythonError says "the Python error indicator is
// set". The trampolines in arguments.hpp are the only places where it turns into a null pointer.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1
#endif
#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX 1
#endif
#include <mpi.h>

// What MPI 4.1 brought: buffers of communicators and sessions, removal of error codes, ...
#define PYLAUNCH_HAS_MPI_4_1 (MPI_VERSION > 4 || (MPI_VERSION == 4 && MPI_SUBVERSION >= 1))

#include <utility>

#include "embed/exiting_thread.hpp"

namespace pylaunch::mpi {

struct PythonError {};

// Raises `type` with a printf-like message (PyErr_Format's directives).
template <class... Values>
[[noreturn]] void fail(PyObject* type, const char* format, Values... values) {
  PyErr_Format(type, format, values...);
  throw PythonError{};
}

// Raises MPI.Exception for an MPI error code.
[[noreturn]] void raise_mpi_error(int error);

inline void check(int error) {
  if (error != MPI_SUCCESS) [[unlikely]] {
    raise_mpi_error(error);
  }
}

// One owned reference; may be empty.
class Ref {
 public:
  Ref() = default;
  explicit Ref(PyObject* owned) : object_(owned) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  ~Ref() { Py_XDECREF(object_); }

  static Ref borrow(PyObject* object) {
    Py_XINCREF(object);
    return Ref(object);
  }

  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  PyObject* object_ = nullptr;
};

// Takes the new reference that a CPython call returned, or throws when it failed.
inline Ref own(PyObject* result) {
  if (result == nullptr) {
    throw PythonError{};
  }
  return Ref(result);
}

// The same for CPython calls that return a negative number on failure.
template <class Number>
Number succeed(Number result) {
  if (result < 0) {
    throw PythonError{};
  }
  return result;
}

// Takes the Python error that is set, so that other Python code can run; drops it in the end unless
// it was given back.
class PendingError {
 public:
  PendingError() { PyErr_Fetch(&type_, &value_, &trace_); }
  ~PendingError() {
    Py_XDECREF(type_);
    Py_XDECREF(value_);
    Py_XDECREF(trace_);
  }
  PendingError(const PendingError&) = delete;
  PendingError& operator=(const PendingError&) = delete;

  void restore() {
    PyErr_Restore(std::exchange(type_, nullptr), std::exchange(value_, nullptr),
                  std::exchange(trace_, nullptr));
  }
  [[noreturn]] void raise() {
    restore();
    throw PythonError{};
  }

 private:
  PyObject* type_ = nullptr;
  PyObject* value_ = nullptr;
  PyObject* trace_ = nullptr;
};

// Lets other Python threads run while this one may block in MPI.
class WithoutGil {
 public:
  WithoutGil() : state_(PyEval_SaveThread()) {}
  ~WithoutGil() {
    embed::stay_if_ended([this] { PyEval_RestoreThread(state_); });
  }
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

 private:
  PyThreadState* state_;
};

// For callbacks that MPI makes, perhaps from a call that released the GIL.
class WithGil {
 public:
  WithGil() : state_(embed::stay_if_ended(PyGILState_Ensure)) {}
  ~WithGil() { PyGILState_Release(state_); }
  WithGil(const WithGil&) = delete;
  WithGil& operator=(const WithGil&) = delete;

 private:
  PyGILState_STATE state_;
};

// Calls an MPI function that may block: without the GIL, and its return code checked.
template <class Function, class... Values>
void blocking(Function function, Values... values) {
  int error = MPI_SUCCESS;
  {
    WithoutGil released;
    error = function(values...);
  }
  check(error);
}

// Prints the Python error that a callback of MPI's ran into; returns what MPI shall be told.
int exception_to_error_code();

// Runs a callback for MPI: an exception is printed and becomes an error code.
template <class Body>
int called_by_mpi(Body body) {
  if (Py_IsInitialized() == 0) {
    return MPI_ERR_INTERN;
  }
  WithGil locked;
  try {
    body();
    return MPI_SUCCESS;
  } catch (const PythonError&) {
    return exception_to_error_code();
  }
}

// True between MPI_Init and MPI_Finalize.
bool mpi_is_active();

}  // namespace pylaunch::mpi
