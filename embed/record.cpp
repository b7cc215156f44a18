// SPDX-License-Identifier: BSD-3-Clause
#include "embed/record.hpp"

#include <nlohmann/json.hpp>

#include "embed/importer/file_memory.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

using nlohmann::json;

namespace {

json module_times() {
  json modules = json::array();
  for (const ImportedModule& module : import_log().modules())
    modules.push_back({{"name", module.name},
                       {"origin", module.origin == Origin::memory ? "memory" : "file system"},
                       {"inclusive_ns", module.inclusive_ns},
                       {"self_ns", module.self_ns}});
  return modules;
}

// Also what rank 0 had read before there was an importer: the other ranks take that from the
// bundle.
json used_entries(const LoadedModules& loaded) {
  json used = json::array();
  if (file_memory() == nullptr || file_memory()->view() == nullptr) return used;
  std::vector<bool> flags = file_memory()->used();
  const auto add = [&flags](std::string_view path) {
    if (const auto entry = file_memory()->view()->find(path)) flags[*entry] = true;
  };
  for (const std::string& file : loaded.files) {
    add(file);
    add(std::string_view(file).substr(0, file.rfind('/')));
  }
  for (std::size_t i = 0; i < flags.size(); ++i)
    if (flags[i]) used.push_back(i);
  return used;
}

// A name that was missing first and is loaded now was written by the program: not a missing one.
json wanted_files(const LoadedModules& loaded) {
  json wanted = json::array();
  for (const WantedFile& file : import_log().wanted())
    if (file.kind != 'M' || !loaded.names.contains(file.path))
      wanted.push_back(std::string(1, file.kind) + " " + file.path);
  return wanted;
}

// What is read beside the importer, as [path, times]. What the next run will have in memory is told
// of as missed.
json opened_files() {
  std::set<std::string_view> wanted;
  for (const WantedFile& file : import_log().wanted()) wanted.insert(file.path);
  json opened = json::array();
  for (const auto& [path, times] : import_log().opened().most_opened(
           [&wanted](const std::string& path) { return wanted.contains(path); }))
    opened.push_back({path, times});
  return opened;
}

json written_files() {
  return file_memory() != nullptr ? json(file_memory()->written()) : json::array();
}

// `__spec__.origin`, or nothing. Out of the dictionaries: an attribute would make a lazy module
// load.
std::string origin_of(py::handle module) {
  if (!PyModule_Check(module.ptr())) return {};
  const py::handle names = PyModule_GetDict(module.ptr());
  const py::handle spec = PyDict_GetItemString(names.ptr(), "__spec__");
  if (!spec) return {};
  const py::object origin = py::getattr(spec, "origin", py::none());
  return PyUnicode_Check(origin.ptr()) ? to_name(origin).value_or("") : std::string();
}

}  // namespace

LoadedModules loaded_modules() {
  LoadedModules loaded;
  // A program may have replaced or deleted sys.modules.
  const auto modules = py::reinterpret_borrow<py::dict>(PyImport_GetModuleDict());
  for (const auto& [key, module] : modules) {
    if (!PyUnicode_Check(key.ptr())) continue;
    const std::optional<std::string> name = to_name(key);
    if (!name) continue;
    loaded.names.insert(*name);
    const std::string origin = origin_of(module);
    if (origin == "built-in" || origin == "frozen")
      loaded.built_in.push_back(*name);
    else if (origin.starts_with('/'))
      loaded.files.push_back(origin);
  }
  return loaded;
}

std::string make_record(const LoadedModules& loaded) {
  const json record = {{"modules", module_times()},
                       {"built_in", loaded.built_in},
                       {"used", used_entries(loaded)},
                       {"wanted", wanted_files(loaded)},
                       {"opened", opened_files()},
                       {"written", written_files()},
                       {"imports_ns", import_log().outermost_ns()}};
  std::string bytes;
  json::to_msgpack(record, bytes);
  return bytes;
}

}  // namespace pylaunch::embed
