// SPDX-License-Identifier: BSD-3-Clause
// A C++ object inside a Python object, in one piece of memory: what a request holds until it is
// complete.
#pragma once

#include <new>
#include <type_traits>

#include "python.hpp"

namespace pylaunch::mpi {

template <class Value>
class Kept {
 public:
  Kept() : object_(own(reinterpret_cast<PyObject*>(PyObject_New(Object, type())))) {
    static_assert(std::is_nothrow_default_constructible_v<Value>);
    new (&**this) Value();
  }

  Value& operator*() const { return reinterpret_cast<Object*>(object_.get())->value; }
  Value* operator->() const { return &**this; }

  Ref to_python() && { return std::move(object_); }

 private:
  struct Object {
    PyObject_HEAD Value value;
  };

  static void dealloc(PyObject* self) {
    reinterpret_cast<Object*>(self)->value.~Value();
    PyObject_Free(self);
  }

  static PyTypeObject* type() {
    static PyTypeObject* ready = [] {
      static PyTypeObject made{};
      Py_SET_REFCNT(reinterpret_cast<PyObject*>(&made), 1);
      made.tp_name = "mpi4py.MPI.kept";
      made.tp_basicsize = sizeof(Object);
      made.tp_dealloc = &dealloc;
      made.tp_flags = Py_TPFLAGS_DEFAULT;
      succeed(PyType_Ready(&made));
      return &made;
    }();
    return ready;
  }

  Ref object_;
};

}  // namespace pylaunch::mpi
