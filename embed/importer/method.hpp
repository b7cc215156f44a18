// SPDX-License-Identifier: BSD-3-Clause
//
// Methods of one argument for the importer's classes, callable by position or by any keyword as
// importlib's own are, without the cost of a parsed argument tuple.
#pragma once

#include <pybind11/pybind11.h>

#include <exception>

#include "embed/exiting_thread.hpp"

namespace pylaunch::embed {

using OneArgument = PyObject* (*)(PyObject* self, PyObject* argument);

// C++ exceptions become Python's here.
template <OneArgument function>
PyObject* enter_method(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                       PyObject* keywords) noexcept {
  const Py_ssize_t total = count + (keywords != nullptr ? PyTuple_GET_SIZE(keywords) : 0);
  if (total != 1) {
    PyErr_Format(PyExc_TypeError, "takes one argument (%zd given)", total);
    return nullptr;
  }
  try {
    return stay_if_ended([&] { return function(self, arguments[0]); });
  } catch (pybind11::error_already_set& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_SystemError, error.what());
  }
  return nullptr;
}

template <OneArgument function>
PyMethodDef method(const char* name, const char* doc) {
  auto* entry = reinterpret_cast<void (*)()>(&enter_method<function>);
  return {name, reinterpret_cast<PyCFunction>(entry), METH_FASTCALL | METH_KEYWORDS, doc};
}

}  // namespace pylaunch::embed
