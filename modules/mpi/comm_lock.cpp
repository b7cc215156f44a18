// SPDX-License-Identifier: BSD-3-Clause
#include "comm_lock.hpp"

namespace pylaunch::mpi {
namespace {

int drop_table(MPI_Comm, int, void* table, void*) {
  if (Py_IsInitialized() != 0) {
    WithGil locked;
    Py_DECREF(static_cast<PyObject*>(table));
  }
  return MPI_SUCCESS;
}

PyObject* method_name(const char* name) { return own(PyUnicode_InternFromString(name)).release(); }

Ref call_method(PyObject* object, PyObject* name) {
  PyObject* args[] = {object};
  return own(PyObject_VectorcallMethod(name, args, 1, nullptr));
}

PyObject* key_of(CommLock::Operation operation) {
  static PyObject* const keys[CommLock::count] = {method_name("bcast"), method_name("gather"),
                                                  method_name("scatter"), method_name("allgather"),
                                                  method_name("alltoall")};
  return keys[operation];
}

}  // namespace

PyObject* comm_lock_table(MPI_Comm comm) {
  static int key = MPI_KEYVAL_INVALID;
  if (key == MPI_KEYVAL_INVALID) {
    check(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, &drop_table, &key, nullptr));
  }
  void* table = nullptr;
  int found = 0;
  check(MPI_Comm_get_attr(comm, key, static_cast<void*>(&table), &found));
  if (found == 0) {
    Ref made = own(PyDict_New());
    check(MPI_Comm_set_attr(comm, key, made.get()));
    table = made.release();
  }
  return static_cast<PyObject*>(table);
}

PyObject* comm_lock(MPI_Comm comm, PyObject* key) {
  PyObject* table = comm_lock_table(comm);
  PyObject* found = PyDict_GetItemWithError(table, key);
  if (found != nullptr) {
    return found;
  }
  if (PyErr_Occurred() != nullptr) {
    throw PythonError{};
  }
  Ref threads = own(PyImport_ImportModule("_thread"));
  Ref made = own(PyObject_CallMethod(threads.get(), "allocate_lock", nullptr));
  succeed(PyDict_SetItem(table, key, made.get()));
  return made.get();
}

CommLock::CommLock(MPI_Comm comm, Operation operation) {
  static PyObject* const acquire = method_name("acquire");
  lock_ = Ref::borrow(comm_lock(comm, key_of(operation)));
  call_method(lock_.get(), acquire);
}

CommLock::~CommLock() {
  static PyObject* const release = method_name("release");
  PendingError error;
  try {
    call_method(lock_.get(), release);
  } catch (const PythonError&) {
    PyErr_WriteUnraisable(lock_.get());
  }
  error.restore();
}

}  // namespace pylaunch::mpi
