// SPDX-License-Identifier: BSD-3-Clause
//
// Extension modules from memory: dlopen of a node's in-memory copy instead of the file.
#include <dlfcn.h>

#include "embed/importer/file_memory.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/importer/loaders.hpp"
#include "embed/importer/method.hpp"
#include "embed/importer/names.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

using bundle::Entry;
using bundle::Kind;

namespace {

// A library of memory has no folder, so $ORIGIN leads nowhere. What ld.so would look for there is
// loaded before, in order; ld.so then finds it by its DT_SONAME. The handles stay open: extension
// modules are never unloaded either.
bool load_dependencies(const Entry& library) {
  FileMemory& memory = *file_memory();
  for (const std::uint32_t index : memory.view()->dependencies(library)) {
    const Entry& dependency = memory.view()->entry(index);
    const char* path = memory.library_path(dependency);
    if (path == nullptr) return false;
    if (memory.file(memory.view()->path(dependency), Kind::library) == nullptr) return false;
    if (dlopen(path, RTLD_LAZY | RTLD_LOCAL) == nullptr) return false;
  }
  return true;
}

// The path in memory to load the library from, or NULL.
const char* memory_path(const std::string& path) {
  FileMemory& memory = *file_memory();
  const Entry* entry = memory.peek(path, Kind::library);
  if (entry == nullptr || !memory.view()) return nullptr;
  const char* in_memory = memory.library_path(*entry);
  if (in_memory == nullptr || !load_dependencies(*entry)) return nullptr;
  return memory.file(path, Kind::library) != nullptr ? in_memory : nullptr;
}

// CPython takes the file to load from spec.origin, and names the module's __file__ after it.
PyObject* create_from(const char* in_memory, PyObject* self, PyObject* spec,
                      const std::string& path) {
  const py::str true_path = path_object(path);
  if (PyObject_SetAttr(spec, names().origin.ptr(), path_object(in_memory).ptr()) != 0)
    return nullptr;
  PyObject* module = call_with_self(names().extension_create_module, self, spec);
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  const bool restored = PyObject_SetAttr(spec, names().origin.ptr(), true_path.ptr()) == 0;
  if (restored && module != nullptr && PyObject_HasAttr(module, names().file.ptr()) != 0)
    PyObject_SetAttr(module, names().file.ptr(), true_path.ptr());
  PyErr_Clear();
  PyErr_Restore(type, value, traceback);
  return module;
}

PyObject* create_module(PyObject* self, PyObject* spec) {
  const std::string path = path_attribute(self, names().path);
  const std::string name = path_attribute(self, names().name);
  const ImportScope scope(name, Origin::memory);
  if (const char* in_memory = memory_path(path)) {
    PyObject* module = create_from(in_memory, self, spec, path);
    // ImportError is dlopen's or the missing init function's: the true file then has the last word.
    if (module != nullptr || PyErr_ExceptionMatches(PyExc_ImportError) == 0) return module;
    PyErr_Clear();
  }
  // A rank that is alone has no copies in memory: then it is not missing, only where it was.
  if (file_memory()->file(path, Kind::library) == nullptr) import_log().want('L', path);
  import_log().set_origin(name, Origin::file_system);
  return call_with_self(names().extension_create_module, self, spec);
}

PyObject* exec_module(PyObject* self, PyObject* module) {
  const std::string name = path_attribute(self, names().name);
  const ImportScope scope(name, Origin::memory);
  return call_with_self(names().extension_exec_module, self, module);
}

PyMethodDef methods[] = {
    method<create_module>("create_module",
                          "create_module(spec)\n--\n\nLoad the shared object, create its module."),
    method<exec_module>("exec_module", "exec_module(module)\n--\n\nInitialise the module."),
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

py::object make_extension_loader_type() {
  return derive("MemoryExtensionFileLoader",
                "An ExtensionFileLoader with broadcast shared objects.",
                bootstrap_external().attr("ExtensionFileLoader"), methods);
}

}  // namespace pylaunch::embed
