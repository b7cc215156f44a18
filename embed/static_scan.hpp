// SPDX-License-Identifier: BSD-3-Clause
//
// Which files a program will import, and data of packages that it will read, found without running
// it: the modules that its code and, at module level, theirs import, transitively, read from
// bytecode. Names in extension modules, which import from C, are taken from their strings.
#pragma once

#include <pybind11/pybind11.h>

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "embed/code_reader.hpp"
#include "embed/collector.hpp"
#include "embed/listed_finder.hpp"
#include "embed/named_data.hpp"
#include "embed/python_objects.hpp"
#include "embed/session.hpp"

namespace pylaunch::embed {

namespace py = pybind11;

class StaticScan {
 public:
  // Finds modules as the interpreter of this process does for this program.
  StaticScan(Collector& collector, const Program& program);

  // The main program: imports inside of its functions count as well.
  void add_main(const py::object& code);
  // A module that is imported by name. False when no finder has it.
  bool add_module(const std::string& name);
  // A file that is in the collector already, and may import something new.
  void add_file(const std::string& path);

  // Follows everything added so far to its end.
  void run();

 private:
  struct Module {
    bool found = false;
    bool is_package = false;
    py::object search_path;  // of a package
  };
  // What is still to be scanned: a file, or code.
  struct Pending {
    std::string name;
    std::string package;
    std::string path;
    py::object code;
  };
  struct LazyModule {
    std::string package;
    std::vector<Import> imports;
    std::unordered_set<std::string> strings;
  };

  // What the program will do itself, should it come to it, and be warned of then: finders and
  // loaders of archives compile.
  template <typename... Arguments>
  py::object silently(const py::object& function, const Arguments&... arguments) const {
    return py::tuple(silently_(function, arguments...))[0];
  }
  const Module& find(const std::string& name);
  void look_up(const std::string& name, const py::object& path, Module& module);
  void take_location(const std::string& name, const ListedFinder::Location& location,
                     Module& module);
  void take_spec(const std::string& name, const py::object& spec, Module& module);
  void take_file(const std::string& name, const std::string& path, bool is_package);
  void scan_module(const Pending& module);
  void scan_code(const py::object& code, const std::string& package, bool into_functions);
  void scan_library(const std::string& name, std::string_view bytes);
  static std::string absolute_name(const Import& import, const std::string& package);
  void follow(const Import& import, const std::string& package);
  void note_lazy_imports(const py::object& code, const Pending& module);
  bool is_asked_for(const std::string& name, const LazyModule& module, const Import& import) const;
  void follow_lazy_imports();
  void note_data(const py::object& code, const std::string& package);
  void collect_data();

  Collector& collector_;
  ListedFinder listed_finder_;
  NamedData named_data_;
  py::object search_path_;
  std::unordered_set<std::string> standard_modules_;
  CodeReader code_reader_;
  py::object silently_ = load_embedded("silence").attr("silently");
  std::unordered_map<std::string, Module> modules_;
  std::unordered_set<std::string> program_names_;  // attributes and globals of the main program
  std::unordered_map<std::string, std::unordered_set<std::string>> asked_of_;  // by `from` imports
  std::map<std::string, LazyModule> lazy_;
  std::deque<Pending> to_scan_;
  std::deque<std::pair<std::string, std::string>> libraries_to_scan_;  // module name, path
};

}  // namespace pylaunch::embed
