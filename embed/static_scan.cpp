// SPDX-License-Identifier: BSD-3-Clause
#include "embed/static_scan.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "embed/dotted_names.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

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

std::string current_folder() {
  std::error_code error;
  return std::filesystem::current_path(error);
}

// Of a search path; '' stands for the current folder.
std::vector<std::string> folders_of(const py::object& search_path) {
  std::vector<std::string> folders = to_strings(search_path);
  for (std::string& folder : folders)
    if (folder.empty()) folder = current_folder();
  return folders;
}

std::string parent_of(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == std::string::npos ? "" : name.substr(0, dot);
}

}  // namespace

StaticScan::StaticScan(Collector& collector, const Program& program)
    : collector_(collector),
      listed_finder_(collector),
      named_data_(collector, {program.path0, current_folder()}) {
  py::list path;
  const bool has_path0 = program.kind == ProgramKind::container || !program.safe_path;
  if (has_path0) path.append(path_object(program.path0));
  for (const py::handle entry : sys_attribute("path")) path.append(entry);
  search_path_ = path;
  for (const std::string& entry : to_strings(path)) {
    if (entry.empty()) collector_.add_folder(current_folder());
    // What is no folder is an archive.
    if (entry.starts_with('/') && !collector_.add_folder(entry)) collector_.add_data(entry);
  }
  standard_modules_ = standard_module_names();
}

void StaticScan::add_main(const py::object& code) {
  add_names(code, program_names_);
  scan_code(code, "", true);
  note_data(code, "");
}

bool StaticScan::add_module(const std::string& name) { return find(name).found; }

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
  to_scan_.push_back({"", package, "", unmarshal(code)});
}

void StaticScan::run() {
  while (!to_scan_.empty() || !libraries_to_scan_.empty()) {
    if (!to_scan_.empty()) {
      const Pending next = to_scan_.front();
      to_scan_.pop_front();
      scan_module(next);
    } else {
      const auto [name, path] = libraries_to_scan_.front();
      libraries_to_scan_.pop_front();
      if (collector_.add_library(path)) scan_library(name, collector_.library(path));
    }
    if (to_scan_.empty() && libraries_to_scan_.empty()) follow_lazy_imports();
  }
  collect_data();
}

void StaticScan::scan_module(const Pending& module) {
  py::object code = module.code;
  bool may_read_data = true;
  if (!code) {
    const bool added = module.path.ends_with(".pyc") ? collector_.add_bytecode(module.path)
                                                     : collector_.add_source(module.path);
    const std::string_view bytes = added ? collector_.code(module.path) : "";
    if (bytes.empty()) return;
    may_read_data = NamedData::may_read_data(bytes);
    code = unmarshal(bytes);
  }
  scan_code(code, module.package, false);
  note_lazy_imports(code, module);
  if (may_read_data) note_data(code, module.package);
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
  look_up(name, path, module);
  // What the native module imports from C.
  if (!module.found && (name == "mpi4py" || name == "pylaunch")) find("pickle");
  return modules_[name] = module;
}

// What importlib's _find_spec does, less the import of parents and the lock.
void StaticScan::look_up(const std::string& name, const py::object& path, Module& module) {
  const py::object path_finder = bootstrap_external().attr("PathFinder");
  const py::list finders = sys_attribute("meta_path");
  for (const py::handle finder : finders) {
    const bool is_path_finder = finder.is(path_finder);
    const py::object where = is_path_finder && path.is_none() ? search_path_ : path;
    if (is_path_finder) {
      const auto location =
          listed_finder_.find(name.substr(name.rfind('.') + 1), folders_of(where));
      if (location && *location) return take_location(name, *location, module);
      if (location) continue;
    }
    if (!py::hasattr(finder, "find_spec")) continue;
    try {
      const py::object spec = silently(finder.attr("find_spec"), name, where, py::none());
      if (!spec.is_none()) return take_spec(name, spec, module);
    } catch (py::error_already_set& error) {
      set_aside(error);  // the import itself will say so
    }
  }
}

void StaticScan::take_location(const std::string& name, const ListedFinder::Location& location,
                               Module& module) {
  module.found = true;
  module.is_package = location.is_package;
  py::list folders;
  for (const std::string& folder : location.folders) folders.append(path_object(folder));
  module.search_path = folders;
  if (!location.file.empty()) take_file(name, location.file, module.is_package);
}

void StaticScan::take_spec(const std::string& name, const py::object& spec, Module& module) {
  module.found = true;
  const py::object loader = spec.attr("loader");
  const py::object locations = spec.attr("submodule_search_locations");
  const bool in_archive = py::hasattr(loader, "archive");
  module.is_package = !locations.is_none();
  if (module.is_package) {
    module.search_path = locations;
    for (const py::handle folder : locations)
      if (!in_archive && PyUnicode_Check(folder.ptr())) collector_.add_folder(to_bytes(folder));
  }
  // Part of libpython, but what it imports need not be; or within an archive, which comes into the
  // bundle as a whole.
  const bool is_frozen = py::object(spec.attr("origin")).equal(py::str("frozen"));
  if (in_archive) collector_.add_data(to_bytes(loader.attr("archive")));
  if (is_frozen || in_archive) {
    try {
      const std::string package = module.is_package ? name : parent_of(name);
      to_scan_.push_back({name, package, "", silently(loader.attr("get_code"), name)});
    } catch (py::error_already_set& error) {
      set_aside(error);  // the import itself will say so
    }
  }
  if (!in_archive && spec.attr("has_location").cast<bool>())
    take_file(name, to_bytes(spec.attr("origin")), module.is_package);
}

// It is read while others are scanned.
void StaticScan::take_file(const std::string& name, const std::string& path, bool is_package) {
  if (path.ends_with(".so")) {
    collector_.expect_library(path);
    libraries_to_scan_.emplace_back(name, path);
    return;
  }
  if (path.ends_with(".py")) collector_.expect_source(path);
  to_scan_.push_back({name, is_package ? name : parent_of(name), path, {}});
}

// `package`: the one that the code belongs to, empty outside of packages.
void StaticScan::scan_code(const py::object& code, const std::string& package,
                           bool into_functions) {
  for (const Import& import : code_reader_.imports_of(code)) follow(import, package);
  for (const py::object& inner : inner_code(code))
    if (into_functions || !is_function(inner)) scan_code(inner, package, into_functions);
}

// The module's full name, and what is asked of it. Empty when it is outside of all packages.
std::string StaticScan::absolute_name(const Import& import, const std::string& package) {
  std::string base = package;
  for (int i = 1; i < import.level; ++i) base = parent_of(base);
  if (import.level == 0) return import.name;
  return import.name.empty() || base.empty() ? base + import.name : base + "." + import.name;
}

void StaticScan::follow(const Import& import, const std::string& package) {
  const std::string name = absolute_name(import, package);
  if (name.empty()) return;
  const Module target = find(name);
  for (const std::string& attribute : import.from) {
    asked_of_[name].insert(attribute);
    if (target.is_package && attribute != "*") find(name + "." + attribute);
  }
}

// PEP 562: a module that imports others when their names are first asked for (numpy.random). Its
// `__getattr__` says which.
void StaticScan::note_lazy_imports(const py::object& code, const Pending& module) {
  for (const py::object& inner : inner_code(code)) {
    if (!is_function(inner) || !py::str("__getattr__").equal(inner.attr("co_name"))) continue;
    lazy_[module.name] = {module.package, code_reader_.imports_of(inner), strings_in(code)};
  }
}

// It is public, as `import *` and `dir()` ask for it then: `__all__`, or a set that makes it, has
// the name. Or it is imported from there, or the program has an attribute of that name.
bool StaticScan::is_asked_for(const std::string& name, const LazyModule& module,
                              const Import& import) const {
  std::vector<std::string> attributes = import.from;
  attributes.push_back(import.name.substr(import.name.rfind('.') + 1));
  const auto asked = asked_of_.find(name);
  return std::ranges::any_of(attributes, [&](const std::string& attribute) {
    return module.strings.contains(attribute) || program_names_.contains(attribute) ||
           (asked != asked_of_.end() && asked->second.contains(attribute));
  });
}

void StaticScan::follow_lazy_imports() {
  for (auto& [name, module] : lazy_) {
    std::vector<Import> left;
    for (Import& import : std::exchange(module.imports, {})) {
      if (is_asked_for(name, module, import))
        follow(import, module.package);
      else
        left.push_back(std::move(import));
    }
    module.imports = std::move(left);
  }
}

// Packages that have nothing but data may be imported by nobody.
void StaticScan::note_data(const py::object& code, const std::string& package) {
  for (const std::string& name : named_data_.note(code, package, code_reader_)) find(name);
}

void StaticScan::collect_data() {
  named_data_.collect([this](const std::string& name) {
    const auto known = modules_.find(name);
    const bool is_package = known != modules_.end() && known->second.is_package;
    return is_package ? to_strings(known->second.search_path) : std::vector<std::string>();
  });
}

// Cython and hand-written extensions keep the names of what they import as C strings. Taken are
// dotted names below a package that the scan has met already or the library's own, and names of
// modules of the standard library: a few too many at worst.
void StaticScan::scan_library(const std::string& name, std::string_view bytes) {
  const std::string own_package = name.substr(0, name.find('.'));
  for_each_dotted_name(bytes, [&](std::string_view text) {
    const std::string candidate(text);
    const std::string top = candidate.substr(0, candidate.find('.'));
    const auto met = modules_.find(top);
    const bool is_wanted = top == candidate        ? standard_modules_.contains(candidate)
                           : met != modules_.end() ? met->second.is_package
                                                   : top == own_package;
    if (is_wanted) find(candidate);
  });
}

}  // namespace pylaunch::embed
