// SPDX-License-Identifier: BSD-3-Clause
//
// Extension modules from memory. The shared object is loaded from the node's copy first and named
// after its file; CPython then asks for the file, and ld.so says that it has that already.
#include "embed/importer/import_log.hpp"
#include "embed/importer/library_loader.hpp"
#include "embed/importer/loader_equality.hpp"
#include "embed/importer/loaders.hpp"
#include "embed/importer/method.hpp"
#include "embed/importer/names.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

PyObject* create_module(PyObject* self, PyObject* spec) {
  const std::string path = path_attribute(self, names().path);
  const std::string name = path_attribute(self, names().name);
  const ImportScope scope(name, Origin::memory);
  if (!load_library(path, sys_attribute("getdlopenflags")().cast<int>()))
    import_log().set_origin(name, Origin::file_system);
  return names().extension_create_module.call(self, spec);
}

PyObject* exec_module(PyObject* self, PyObject* module) {
  const std::string name = path_attribute(self, names().name);
  const ImportScope scope(name, Origin::memory);
  return names().extension_exec_module.call(self, module);
}

PyMethodDef extension_methods[] = {
    method<create_module>("create_module",
                          "create_module(spec)\n--\n\nLoad the shared object, create its module."),
    method<exec_module>("exec_module", "exec_module(module)\n--\n\nInitialise the module."),
    loader_equality_method(),
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

py::object make_extension_loader_type() {
  return derive("MemoryExtensionFileLoader",
                "An ExtensionFileLoader with broadcast shared objects.",
                bootstrap_external().attr("ExtensionFileLoader"), extension_methods);
}

}  // namespace pylaunch::embed
