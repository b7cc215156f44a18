// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/post_import.hpp"

#include <array>
#include <string>
#include <string_view>

#include "embed/importer/names.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

// A module, what of embed/python/ adapts it, and what it has that is adapted: a user's own module
// of the name has not.
struct Adapter {
  std::string_view module;
  const char* source;
  const char* attribute;
};

// importlib_* are backports of the standard library's, which packages install or bring along.
constexpr std::array<Adapter, 12> adapters = {{
    {"linecache", "adapt_linecache", "updatecache"},
    {"inspect", "adapt_inspect", "getsourcefile"},
    {"pkgutil", "adapt_pkgutil", "iter_importer_modules"},
    {"importlib.metadata", "adapt_metadata", "MetadataPathFinder"},
    {"importlib.resources.readers", "adapt_resources", "FileReader"},
    {"importlib.readers", "adapt_resources", "FileReader"},          // CPython 3.10
    {"importlib._common", "adapt_resources", "fallback_resources"},  // CPython 3.9
    {"importlib_metadata", "adapt_metadata", "MetadataPathFinder"},
    {"importlib_resources.readers", "adapt_resources", "FileReader"},
    {"threadpoolctl", "adapt_threadpoolctl", "ThreadpoolController"},
    {"vtkmodules", "adapt_vtkmodules", "find_lib_path"},
    {"matplotlib", "adapt_matplotlib", "_open_file_or_url"},
}};

const Adapter* adapter_of(std::string_view name) {
  const std::size_t vendored = name.find("._vendor.");
  if (vendored != name.npos) name.remove_prefix(vendored + 9);
  for (const Adapter& adapter : adapters)
    if (name == adapter.module) return &adapter;
  return nullptr;
}

}  // namespace

void adapt_module(std::string_view name, PyObject* module) {
  const Adapter* adapter = adapter_of(name);
  if (adapter == nullptr || !py::hasattr(module, adapter->attribute)) return;
  try {
    load_with_memory(adapter->source).attr("adapt")(py::handle(module));
  } catch (py::error_already_set& error) {
    // The module as it is reads the files.
    error.discard_as_unraisable("pylaunch: adapting a module that reads files");
  }
}

void adapt_loaded_modules() {
  const py::dict modules = sys_attribute("modules");
  for (const Adapter& adapter : adapters) {
    const std::string name(adapter.module);
    if (modules.contains(name)) adapt_module(name, py::object(modules[name.c_str()]).ptr());
  }
}

}  // namespace pylaunch::embed
