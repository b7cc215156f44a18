// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/post_import.hpp"

#include <array>
#include <utility>

#include "embed/importer/names.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

// A module, and what of embed/python/ adapts it. importlib_* are backports of the standard
// library's, which packages install or bring along.
constexpr std::array<std::pair<std::string_view, const char*>, 11> adapters = {{
    {"linecache", "adapt_linecache"},
    {"inspect", "adapt_inspect"},
    {"pkgutil", "adapt_pkgutil"},
    {"importlib.metadata", "adapt_metadata"},
    {"importlib.resources.readers", "adapt_resources"},
    {"importlib.readers", "adapt_resources"},  // CPython 3.10
    {"importlib._common", "adapt_resources"},  // CPython 3.9
    {"importlib_metadata", "adapt_metadata"},
    {"importlib_resources.readers", "adapt_resources"},
    {"threadpoolctl", "adapt_threadpoolctl"},
    {"vtkmodules", "adapt_vtkmodules"},
}};

const char* adapter_of(std::string_view name) {
  const std::size_t vendored = name.find("._vendor.");
  if (vendored != name.npos) name.remove_prefix(vendored + 9);
  for (const auto& [module, adapter] : adapters)
    if (name == module) return adapter;
  return nullptr;
}

}  // namespace

void adapt_module(std::string_view name, PyObject* module) {
  const char* adapter = adapter_of(name);
  if (adapter == nullptr) return;
  try {
    load_with_memory(adapter).attr("adapt")(py::handle(module));
  } catch (py::error_already_set& error) {
    // The module as it is reads the files.
    error.discard_as_unraisable("pylaunch: adapting a module that reads files");
  }
}

void adapt_loaded_modules() {
  const py::dict modules = sys_attribute("modules");
  for (const auto& [name, adapter] : adapters)
    if (modules.contains(std::string(name)))
      adapt_module(name, py::object(modules[std::string(name).c_str()]).ptr());
}

}  // namespace pylaunch::embed
