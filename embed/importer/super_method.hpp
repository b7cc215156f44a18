// SPDX-License-Identifier: BSD-3-Clause
//
// A method of the class of importlib's that one here derives from, looked up at each call, as
// super() does it: tools replace such methods, and theirs is to be called then.
#pragma once

#include <pybind11/pybind11.h>

namespace pylaunch::embed {

class SuperMethod {
 public:
  SuperMethod() = default;  // of nothing, not to be called
  SuperMethod(pybind11::object type, const char* name);

  // Whether somebody has put another in its place since. Throws if there is none any more.
  bool is_replaced() const;

  // super().NAME(argument); nullptr with an exception set.
  PyObject* call(PyObject* self, PyObject* argument) const;

  // The same with what a METH_FASTCALL | METH_KEYWORDS function is given.
  PyObject* call(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                 PyObject* keywords) const;

 private:
  pybind11::object current() const;

  pybind11::object type_, name_, original_;
};

}  // namespace pylaunch::embed
