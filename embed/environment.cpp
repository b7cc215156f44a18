// SPDX-License-Identifier: BSD-3-Clause
#include "embed/environment.hpp"

#include <pybind11/pybind11.h>

#include <cstdlib>
#include <fstream>
#include <utility>

#include "embed/audit.hpp"
#include "embed/early_modules.hpp"
#include "embed/python_objects.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pylaunch::embed {

namespace {

void capture_sys(Session& session) {
  const py::dict attributes = py::module_::import("sys").attr("__dict__");
  for (const auto& [name, value] : attributes) {
    const std::optional<std::string> attribute = to_name(name);
    if (!attribute) continue;
    if (PyUnicode_CheckExact(value.ptr()))
      if (const auto text = to_name(value)) session.sys_strings[*attribute] = *text;
    if (value.is_none()) session.sys_none.push_back(*attribute);
  }
  session.search_path = to_strings(sys_attribute("path"));
  session.python_magic = static_cast<std::uint32_t>(PyImport_GetMagicNumber());
  const py::object implementation = sys_attribute("implementation");
  session.abi_tag = to_bytes(implementation.attr("cache_tag"));
  if (py::hasattr(implementation, "_multiarch"))
    session.abi_tag += "-" + to_bytes(implementation.attr("_multiarch"));
}

// Frozen modules of the standard library get their __file__ from where the library lies, which the
// other ranks do not know yet when they load the first of them.
void capture_module_files(Session& session) {
  const py::dict modules = sys_attribute("modules");
  for (const auto& [name, module] : modules) {
    if (!py::hasattr(module, "__file__") || !py::hasattr(module, "__spec__")) continue;
    const py::object spec = module.attr("__spec__");
    if (spec.is_none() || !py::object(spec.attr("origin")).equal(py::str("frozen"))) continue;
    session.module_files[to_bytes(name)] = to_bytes(module.attr("__file__"));
  }
}

// The lines that site executes: see site.addpackage.
PathFile read_path_file(const std::string& path) {
  const auto slash = path.rfind('/');
  PathFile file{path.substr(0, slash), path.substr(slash + 1), {}};
  std::ifstream stream(path, std::ios::binary);
  for (std::string line; std::getline(stream, line);) {
    if (line.rfind("import ", 0) != 0 && line.rfind("import\t", 0) != 0) continue;
    if (line.back() == '\r') line.pop_back();
    file.import_lines.push_back(line);
  }
  return file;
}

// A customisation may have put anything there.
bool is_marshallable(const py::handle value) {
  try {
    marshal(value);
    return true;
  } catch (py::error_already_set& error) {
    set_aside(error);
    return false;
  }
}

void capture_site(Session& session) {
  const py::dict modules = sys_attribute("modules");
  session.has_site =
      modules.contains("site") && !sys_attribute("flags").attr("no_site").cast<bool>();
  if (!session.has_site) return;
  const py::dict globals = modules["site"].attr("__dict__");
  py::dict state;
  for (const auto& [key, value] : globals) {
    const std::string name = to_name(key).value_or("_");
    const bool is_setting =
        name.front() != '_' && name == py::str(key.attr("upper")()).cast<std::string>();
    if (is_setting && is_marshallable(value)) state[key] = value;
  }
  session.site_state = marshal(state);
  for (const std::string& path : audited_path_files()) {
    PathFile file = read_path_file(path);
    if (!file.import_lines.empty()) session.path_files.push_back(std::move(file));
  }
}

// All else in rank 0's sys is from its customisations. This rank's are still to come, and may ask
// whether they have run. `_home` is made by site itself.
bool is_there_before_customisation(const py::module_& sys, const std::string& name) {
  return name == "_home" || py::hasattr(sys, name.c_str());
}

}  // namespace

void capture_environment(Session& session) {
  capture_sys(session);
  capture_module_files(session);
  capture_site(session);
  session.early_modules = capture_early_modules();
}

void restore_sys(const Session& session) {
  const py::module_ sys = py::module_::import("sys");
  for (const auto& [name, value] : session.sys_strings)
    if (is_there_before_customisation(sys, name)) sys.attr(name.c_str()) = path_object(value);
  for (const std::string& name : session.sys_none)
    if (is_there_before_customisation(sys, name)) sys.attr(name.c_str()) = py::none();
  const py::dict modules = sys.attr("modules");
  for (const auto& [name, file] : session.module_files) {
    if (!modules.contains(name.c_str())) continue;
    const py::object module = modules[name.c_str()];
    module.attr("__file__") = path_object(file);
    const py::object loader_state =
        py::getattr(module.attr("__spec__"), "loader_state", py::none());
    if (!loader_state.is_none()) loader_state.attr("filename") = path_object(file);
  }
}

void replay_site(const Session& session) {
  if (!session.has_site) return;
  py::list path_files;
  for (const PathFile& file : session.path_files) {
    py::list lines;
    for (const std::string& line : file.import_lines) lines.append(path_object(line));
    path_files.append(
        py::make_tuple(path_object(file.site_directory), path_object(file.name), lines));
  }
  py::list search_path;
  for (const std::string& entry : session.search_path) search_path.append(path_object(entry));
  load_embedded("startup").attr("replay_site")(unmarshal(session.site_state), path_files,
                                               search_path);
}

void forget_unset_variables() {
  const py::dict modules = sys_attribute("modules");
  if (!modules.contains("os")) return;
  const py::object variables = modules["os"].attr("environ");
  const py::list names(variables);
  for (const py::handle name : names)
    if (std::getenv(to_bytes(name).c_str()) == nullptr) variables.attr("pop")(name);
}

std::uint64_t cache_key(const Session& session) {
  std::string text = session.abi_tag;
  const auto add = [&text](const std::string& part) { (text += '\0') += part; };
  const Program& program = session.program;
  add(std::to_string(static_cast<int>(program.kind)));
  add(program.kind == ProgramKind::standard_input ? program.source : program.name);
  if (program.kind == ProgramKind::module) add(program.path0);
  add(session.sys_strings.at("executable"));
  // What the code in the bundle depends on.
  add(std::to_string(sys_attribute("flags").attr("optimize").cast<int>()));
  add(program.skip_first_line ? "without the first line" : "");
  add(program.debug_ranges ? "" : "without debug ranges");
  const auto prefix = session.sys_strings.find("pycache_prefix");
  add(prefix != session.sys_strings.end() ? prefix->second : "");
  for (const std::string& entry : session.search_path) add(entry);
  return XXH3_64bits(text.data(), text.size());
}

}  // namespace pylaunch::embed
