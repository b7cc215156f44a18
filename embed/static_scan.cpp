// SPDX-License-Identifier: BSD-3-Clause
#include "embed/static_scan.hpp"

#include <cctype>
#include <filesystem>

#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

constexpr int flag_optimized =
    0x1;  // CO_OPTIMIZED: the code of a function, not of a module or class

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

// a.b.c with no empty part, starting with a letter or underscore.
bool is_dotted_name(std::string_view text) {
  if (text.size() < 2 || text.size() > 120) return false;
  char before = '.';
  for (const char c : text) {
    if (!is_name_character(c)) return false;
    if (before == '.' && (c == '.' || std::isdigit(static_cast<unsigned char>(c)) != 0))
      return false;
    before = c;
  }
  return before != '.';
}

// Names of modules that a library's strings may mean. The words that are modules of a size and use
// which no library imports from C are left out. Before CPython 3.10 there is no such list.
std::unordered_set<std::string> standard_module_names() {
  std::unordered_set<std::string> names;
  if (PySys_GetObject("stdlib_module_names") == nullptr) return names;
  for (const std::string& name : to_strings(sys_attribute("stdlib_module_names")))
    names.insert(name);
  for (const char* name : {"test", "this", "antigravity", "idlelib", "lib2to3", "tkinter", "turtle",
                           "turtledemo", "pydoc_data", "ensurepip", "venv"})
    names.erase(name);
  return names;
}

std::string parent_of(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == std::string::npos ? "" : name.substr(0, dot);
}

}  // namespace

StaticScan::StaticScan(Collector& collector, const Program& program) : collector_(collector) {
  py::list path;
  const bool has_path0 = program.kind == ProgramKind::container || !program.safe_path;
  if (has_path0) path.append(path_object(program.path0));
  for (const py::handle entry : sys_attribute("path")) path.append(entry);
  search_path_ = path;
  for (const std::string& entry : to_strings(path)) {
    if (entry.empty()) collector_.add_folder(std::filesystem::current_path());
    // What is no folder is an archive.
    if (entry.starts_with('/') && !collector_.add_folder(entry)) collector_.add_data(entry);
  }
  standard_modules_ = standard_module_names();
  const py::dict opcodes = py::module_::import("opcode").attr("opmap");
  opcode_import_name_ = opcodes["IMPORT_NAME"].cast<int>();
  opcode_load_const_ = opcodes["LOAD_CONST"].cast<int>();
  opcode_extended_arg_ = opcodes["EXTENDED_ARG"].cast<int>();
}

void StaticScan::add_main(const py::object& code) { scan_code(code, "", true); }

void StaticScan::add_module(const std::string& name) { find(name); }

void StaticScan::add_file(const std::string& path) {
  const std::string_view code = collector_.code(path);
  if (code.empty()) return;
  // Which package it belongs to follows from the folders with an __init__ above it.
  std::string package;
  std::string folder = path.substr(0, path.rfind('/'));
  while (collector_.contains(folder + "/__init__.py")) {
    const auto slash = folder.rfind('/');
    package = folder.substr(slash + 1) + (package.empty() ? "" : "." + package);
    folder.resize(slash);
  }
  to_scan_.emplace_back(package, unmarshal(code));
}

void StaticScan::run() {
  while (!to_scan_.empty() || !libraries_to_scan_.empty()) {
    if (!to_scan_.empty()) {
      const auto [package, code] = to_scan_.front();
      to_scan_.pop_front();
      scan_code(code, package, false);
    } else {
      const auto [name, path] = libraries_to_scan_.front();
      libraries_to_scan_.pop_front();
      scan_library(name, collector_.library(path));
    }
  }
}

const StaticScan::Module& StaticScan::find(const std::string& name) {
  const auto known = modules_.find(name);
  if (known != modules_.end()) return known->second;
  py::object path = py::none();
  const std::string parent = parent_of(name);
  if (!parent.empty()) {
    const Module& package = find(parent);
    if (!package.is_package) return modules_[name];
    path = package.search_path;
  }
  Module module;
  const py::object spec = find_spec(name, path);
  if (!spec.is_none()) take_spec(name, spec, module);
  // What the native module imports from C.
  if (spec.is_none() && (name == "mpi4py" || name == "pylaunch")) find("pickle");
  return modules_[name] = module;
}

// What importlib's _find_spec does, less the import of parents and the lock.
py::object StaticScan::find_spec(const std::string& name, const py::object& path) {
  const py::object path_finder = bootstrap_external().attr("PathFinder");
  const py::list finders = sys_attribute("meta_path");
  for (const py::handle finder : finders) {
    if (!py::hasattr(finder, "find_spec")) continue;
    const bool is_path_finder = finder.is(path_finder);
    const py::object where = is_path_finder && path.is_none() ? search_path_ : path;
    try {
      py::object spec = finder.attr("find_spec")(name, where, py::none());
      if (!spec.is_none()) return spec;
    } catch (py::error_already_set&) {
      // The import itself will say so.
    }
  }
  return py::none();
}

void StaticScan::take_spec(const std::string& name, const py::object& spec, Module& module) {
  module.found = true;
  const py::object locations = spec.attr("submodule_search_locations");
  module.is_package = !locations.is_none();
  if (module.is_package) {
    module.search_path = locations;
    const bool in_archive = py::hasattr(spec.attr("loader"), "archive");
    for (const py::handle folder : locations)
      if (!in_archive && PyUnicode_Check(folder.ptr())) collector_.add_folder(to_bytes(folder));
  }
  if (py::object(spec.attr("origin")).equal(py::str("frozen"))) {
    // Part of libpython, but what it imports need not be.
    const py::object code = spec.attr("loader").attr("get_code")(name);
    to_scan_.emplace_back(module.is_package ? name : parent_of(name), code);
  }
  if (!spec.attr("has_location").cast<bool>()) return;
  if (py::hasattr(spec.attr("loader"), "archive")) {
    // Within an archive, which comes into the bundle as a whole.
    collector_.add_data(to_bytes(spec.attr("loader").attr("archive")));
    try {
      to_scan_.emplace_back(module.is_package ? name : parent_of(name),
                            spec.attr("loader").attr("get_code")(name));
    } catch (py::error_already_set&) {
      // The import itself will say so.
    }
    return;
  }
  const std::string path = to_bytes(spec.attr("origin"));
  if (path.ends_with(".so")) {
    if (collector_.add_library(path)) libraries_to_scan_.emplace_back(name, path);
    return;
  }
  const bool added =
      path.ends_with(".pyc") ? collector_.add_bytecode(path) : collector_.add_source(path);
  if (!added) return;
  const std::string_view code = collector_.code(path);
  if (!code.empty())
    to_scan_.emplace_back(module.is_package ? name : parent_of(name), unmarshal(code));
}

std::vector<StaticScan::Import> StaticScan::imports_of(const py::object& code) const {
  const py::bytes bytecode = code.attr("co_code");
  const py::tuple constants = code.attr("co_consts");
  const py::tuple import_names = code.attr("co_names");
  std::vector<Import> imports;
  std::size_t level = 0;  // positions of the two constants loaded last
  std::size_t from = 0;
  std::size_t argument = 0;
  const std::string_view words(bytecode);
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const int opcode = static_cast<unsigned char>(words[i]);
    argument = argument << 8 | static_cast<unsigned char>(words[i + 1]);
    if (opcode == opcode_extended_arg_) continue;
    if (opcode == opcode_load_const_) {
      level = from;
      from = argument;
    } else if (opcode == opcode_import_name_ && argument < import_names.size()) {
      Import import{to_bytes(import_names[argument]), {}, 0};
      if (from < constants.size() && PyTuple_Check(py::object(constants[from]).ptr()))
        import.from = to_strings(constants[from]);
      if (level < constants.size() && PyLong_Check(py::object(constants[level]).ptr()))
        import.level = constants[level].cast<int>();
      imports.push_back(std::move(import));
    }
    argument = 0;
  }
  return imports;
}

void StaticScan::scan_code(const py::object& code, const std::string& package,
                           bool into_functions) {
  for (const Import& import : imports_of(code)) follow(import, package);
  for (const py::handle constant : code.attr("co_consts")) {
    if (!PyCode_Check(constant.ptr())) continue;
    const bool is_function = (constant.attr("co_flags").cast<int>() & flag_optimized) != 0;
    if (into_functions || !is_function)
      scan_code(py::reinterpret_borrow<py::object>(constant), package, into_functions);
  }
}

void StaticScan::follow(const Import& import, const std::string& package) {
  std::string base = package;
  for (int i = 1; i < import.level; ++i) base = parent_of(base);
  std::string name = import.name;
  if (import.level > 0) name = name.empty() || base.empty() ? base + name : base + "." + name;
  if (name.empty()) return;
  const Module target = find(name);
  if (!target.is_package) return;
  for (const std::string& attribute : import.from)
    if (attribute != "*") find(name + "." + attribute);
}

// Cython and hand-written extensions keep the names of what they import as C strings. Taken are
// dotted names below a package that the scan has met already or the library's own, and names of
// modules of the standard library: a few too many at worst.
void StaticScan::scan_library(const std::string& name, std::string_view bytes) {
  const std::string own_package = name.substr(0, name.find('.'));
  const auto wants = [&](const std::string& candidate) {
    const std::size_t dot = candidate.find('.');
    if (dot == std::string::npos) return standard_modules_.contains(candidate);
    const auto met = modules_.find(candidate.substr(0, dot));
    return met != modules_.end() ? met->second.is_package : candidate.substr(0, dot) == own_package;
  };
  std::size_t start = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\0') {
      if (!is_name_character(bytes[i])) start = i + 1;
      continue;
    }
    const std::string_view text = bytes.substr(start, i - start);
    start = i + 1;
    if (!is_dotted_name(text)) continue;
    const std::string candidate(text);
    if (wants(candidate)) find(candidate);
  }
}

}  // namespace pylaunch::embed
