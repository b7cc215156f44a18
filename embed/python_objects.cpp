// SPDX-License-Identifier: BSD-3-Clause
#include "embed/python_objects.hpp"

#include <marshal.h>

#include <stdexcept>
#include <utility>

#include "embed/embedded_sources.hpp"

namespace pylaunch::embed {

std::string to_bytes(py::handle text) {
  const py::object bytes = py::reinterpret_steal<py::object>(PyUnicode_EncodeFSDefault(text.ptr()));
  if (!bytes) throw py::error_already_set();
  return {PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
}

std::optional<std::string> to_name(py::handle text) try {
  return to_bytes(text);
} catch (py::error_already_set& error) {
  if (!error.matches(PyExc_UnicodeEncodeError)) throw;
  return std::nullopt;
}

py::str path_object(std::string_view path) {
  PyObject* text =
      PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size()));
  if (text == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(text);
}

std::vector<std::string> to_strings(py::handle sequence) {
  std::vector<std::string> strings;
  for (const py::handle item : sequence)
    if (PyUnicode_Check(item.ptr()))
      if (std::optional<std::string> name = to_name(item)) strings.push_back(std::move(*name));
  return strings;
}

std::string marshal(py::handle object) {
  const py::object bytes = py::reinterpret_steal<py::object>(
      PyMarshal_WriteObjectToString(object.ptr(), Py_MARSHAL_VERSION));
  if (!bytes) throw py::error_already_set();
  return {PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
}

py::object unmarshal(std::string_view bytes) {
  PyObject* object =
      PyMarshal_ReadObjectFromString(bytes.data(), static_cast<Py_ssize_t>(bytes.size()));
  if (object == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(object);
}

py::object sys_attribute(const char* name) {
  PyObject* value = PySys_GetObject(name);
  if (value == nullptr) throw std::runtime_error(std::string("sys has no ") + name);
  return py::reinterpret_borrow<py::object>(value);
}

py::module_ import_directly(const char* name) {
  PyObject* module = PyImport_ImportModuleLevel(name, nullptr, nullptr, nullptr, 0);
  if (module == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::module_>(module);
}

py::module_ bootstrap_external() { return import_directly("_frozen_importlib_external"); }

namespace {

// What a program replaces in the module, such as __import__, is for its own code.
py::handle own_builtins() {
  static PyObject* copy = PyDict_Copy(import_directly("builtins").attr("__dict__").ptr());
  if (copy == nullptr) throw py::error_already_set();
  return copy;
}

}  // namespace

py::module_ load_embedded(const char* name) {
  const EmbeddedSource* source = find_embedded_source(name);
  if (source == nullptr) throw std::runtime_error(std::string("no embedded source ") + name);
  const py::object code = unmarshal({reinterpret_cast<const char*>(source->code), source->size});
  PyObject* module = PyModule_New(name);
  if (module == nullptr) throw py::error_already_set();
  py::module_ result = py::reinterpret_steal<py::module_>(module);
  const py::dict globals = result.attr("__dict__");
  globals["__builtins__"] = own_builtins();
  const py::object done =
      py::reinterpret_steal<py::object>(PyEval_EvalCode(code.ptr(), globals.ptr(), globals.ptr()));
  if (!done) throw py::error_already_set();
  return result;
}

std::string describe_error(py::error_already_set& error) { return error.what(); }

void set_aside(py::error_already_set& error) {
  if (error.matches(PyExc_KeyboardInterrupt)) throw;
}

}  // namespace pylaunch::embed
