// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/post_import.hpp"

#include "embed/importer/importer.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

// source_text(filename): the bytes of a broadcast source file, or None.
PyObject* source_text(PyObject*, PyObject* filename) {
  if (!PyUnicode_Check(filename)) Py_RETURN_NONE;
  const std::string_view text = source_in_memory(to_bytes(filename));
  if (text.data() == nullptr) Py_RETURN_NONE;
  return PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

PyMethodDef source_text_method = {"source_text", source_text, METH_O, nullptr};

}  // namespace

void adapt_module(std::string_view name, PyObject* module) {
  if (name != "linecache") return;
  try {
    const py::object lookup =
        py::reinterpret_steal<py::object>(PyCFunction_New(&source_text_method, nullptr));
    load_embedded("adapt_linecache").attr("adapt")(py::handle(module), lookup);
  } catch (py::error_already_set& error) {
    // linecache as it is reads the files.
    error.discard_as_unraisable("pylaunch: adapting linecache");
  }
}

void adapt_loaded_modules() {
  const py::dict modules = sys_attribute("modules");
  if (modules.contains("linecache")) adapt_module("linecache", modules["linecache"].ptr());
}

}  // namespace pylaunch::embed
