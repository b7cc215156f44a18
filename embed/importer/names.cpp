// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/names.hpp"

#include <memory>

#include "embed/importer/memory_module.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

// Not destroyed at exit: by then the interpreter may be gone.
Names* the_names = nullptr;

py::object intern(const char* text) {
  return py::reinterpret_steal<py::object>(PyUnicode_InternFromString(text));
}

}  // namespace

Names& names() { return *the_names; }

bool has_names() { return the_names != nullptr; }

py::module_ load_with_memory(const char* name) {
  if (!names().embedded.contains(name)) {
    const py::module_ module = load_embedded(name);
    module.attr("memory") = names().memory;
    names().embedded[name] = module;
  }
  return py::reinterpret_borrow<py::module_>(py::object(names().embedded[name]));
}

void make_names() {
  const py::module_ external = bootstrap_external();
  const py::object source = external.attr("SourceFileLoader");
  const py::object bytecode = external.attr("SourcelessFileLoader");
  const py::object extension = external.attr("ExtensionFileLoader");
  auto made = std::make_unique<Names>();
  made->file_finder = external.attr("FileFinder");
  made->module_spec = import_directly("_frozen_importlib").attr("ModuleSpec");
  made->spec_from_file_location = external.attr("spec_from_file_location");
  made->find_spec = SuperMethod(made->file_finder, "find_spec");
  made->invalidate_caches = SuperMethod(made->file_finder, "invalidate_caches");
  made->source_exec_module = SuperMethod(source, "exec_module");
  made->source_get_code = SuperMethod(source, "get_code");
  made->source_get_data = SuperMethod(source, "get_data");
  made->source_path_stats = SuperMethod(source, "path_stats");
  made->source_to_code = SuperMethod(source, "source_to_code");
  made->source_get_filename = SuperMethod(source, "get_filename");
  made->bytecode_exec_module = SuperMethod(bytecode, "exec_module");
  made->bytecode_get_code = SuperMethod(bytecode, "get_code");
  made->bytecode_get_data = SuperMethod(bytecode, "get_data");
  made->bytecode_get_filename = SuperMethod(bytecode, "get_filename");
  made->extension_create_module = SuperMethod(extension, "create_module");
  made->extension_exec_module = SuperMethod(extension, "exec_module");
  made->extension_suffixes = to_strings(external.attr("EXTENSION_SUFFIXES"));
  made->path = intern("path");
  made->name = intern("name");
  made->origin = intern("origin");
  made->loader = intern("loader");
  made->submodule_search_locations = intern("submodule_search_locations");
  made->file = intern("__file__");
  made->location_keywords = py::make_tuple(made->loader, made->submodule_search_locations);
  made->memory = make_memory_module();
  the_names = made.release();
}

py::object derive(const char* name, const char* doc, const py::object& base, PyMethodDef* methods) {
  py::dict body;
  body["__module__"] = "pylaunch";
  body["__doc__"] = doc;
  const py::object metatype =
      py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(&PyType_Type));
  py::object type = metatype(name, py::make_tuple(base), body);
  for (PyMethodDef* method = methods; method->ml_name != nullptr; ++method) {
    auto* type_object = reinterpret_cast<PyTypeObject*>(type.ptr());
    type.attr(method->ml_name) =
        py::reinterpret_steal<py::object>(PyDescr_NewMethod(type_object, method));
  }
  return type;
}

std::string path_attribute(PyObject* object, const py::object& attribute) {
  const py::object value =
      py::reinterpret_steal<py::object>(PyObject_GetAttr(object, attribute.ptr()));
  if (!value) throw py::error_already_set();
  return to_bytes(value);
}

}  // namespace pylaunch::embed
