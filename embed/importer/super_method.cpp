// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/super_method.hpp"

#include <utility>
#include <vector>

#include "embed/exiting_thread.hpp"

namespace pylaunch::embed {

namespace py = pybind11;

namespace {

// A module's code, among others: what runs long enough for the interpreter to end meanwhile.
PyObject* call_object(PyObject* callable, PyObject* const* arguments, Py_ssize_t count,
                      PyObject* keywords) {
  return stay_if_ended([&] {
    return PyObject_Vectorcall(callable, arguments, static_cast<std::size_t>(count), keywords);
  });
}

}  // namespace

SuperMethod::SuperMethod(py::object type, const char* name)
    : type_(std::move(type)),
      name_(py::reinterpret_steal<py::object>(PyUnicode_InternFromString(name))),
      original_(current()) {}

py::object SuperMethod::current() const {
  PyObject* method = PyObject_GetAttr(type_.ptr(), name_.ptr());
  if (method == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(method);
}

bool SuperMethod::is_replaced() const { return !current().is(original_); }

PyObject* SuperMethod::call(PyObject* self, PyObject* argument) const {
  return call(self, &argument, 1, nullptr);
}

PyObject* SuperMethod::call(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                            PyObject* keywords) const {
  py::object method = current();
  if (!PyFunction_Check(method.ptr())) {
    // What is no function binds itself to the object or, a mock say, does not.
    const descrgetfunc bind = Py_TYPE(method.ptr())->tp_descr_get;
    if (bind != nullptr) {
      PyObject* bound = bind(method.ptr(), self, reinterpret_cast<PyObject*>(Py_TYPE(self)));
      if (bound == nullptr) return nullptr;
      method = py::reinterpret_steal<py::object>(bound);
    }
    return call_object(method.ptr(), arguments, count, keywords);
  }
  std::vector<PyObject*> all = {self};
  const Py_ssize_t total = count + (keywords != nullptr ? PyTuple_GET_SIZE(keywords) : 0);
  all.insert(all.end(), arguments, arguments + total);
  return call_object(method.ptr(), all.data(), count + 1, keywords);
}

}  // namespace pylaunch::embed
