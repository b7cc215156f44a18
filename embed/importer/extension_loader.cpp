// SPDX-License-Identifier: BSD-3-Clause
//
// Extension modules, timed. Before CPython asks ld.so for the file, an audit event lets the library
// loader load the node's copy and name it after the file; ld.so then says that it has that already.
#include <string_view>

#include "embed/importer/file_memory.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/importer/library_loader.hpp"
#include "embed/importer/loader_class.hpp"
#include "embed/importer/loaders.hpp"
#include "embed/importer/method.hpp"
#include "embed/importer/names.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

PyObject* create_module(PyObject* self, PyObject* spec) {
  const std::string name = path_attribute(self, names().name);
  const ImportScope scope(name, Origin::memory);
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
    loader_reduction_method(),
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

// Loaders of other packages come here, too, such as those that derive from importlib's.
void preload_extension(const char* name, const char* path) try {
  if (std::string_view(name) == "mpi4py.MPI") file_memory()->communication_begins();
  const int flags = sys_attribute("getdlopenflags")().cast<int>();
  const bool is_loaded = path[0] == '/' && load_library(path, flags);
  import_log().note_loaded(name, is_loaded ? Origin::memory : Origin::file_system);
} catch (const std::exception&) {
  import_log().note_loaded(name, Origin::file_system);  // CPython takes the file
}

py::object make_extension_loader_type() {
  return derive("MemoryExtensionFileLoader",
                "An ExtensionFileLoader with broadcast shared objects.",
                bootstrap_external().attr("ExtensionFileLoader"), extension_methods);
}

}  // namespace pylaunch::embed
