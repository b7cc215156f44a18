// SPDX-License-Identifier: BSD-3-Clause
//
// Which files a program will import, found without running it: the modules that its code and, at
// module level, theirs import, transitively, read from bytecode. Names in extension modules, which
// import from C, are taken from their strings.
#pragma once

#include <pybind11/pybind11.h>

#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "embed/collector.hpp"
#include "embed/session.hpp"

namespace pylaunch::embed {

namespace py = pybind11;

class StaticScan {
 public:
  // Finds modules as the interpreter of this process does for this program.
  StaticScan(Collector& collector, const Program& program);

  // The main program: imports inside of its functions count as well.
  void add_main(const py::object& code);
  // A module that is imported by name.
  void add_module(const std::string& name);
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
  struct Import {
    std::string name;
    std::vector<std::string> from;
    int level = 0;
  };

  const Module& find(const std::string& name);
  py::object find_spec(const std::string& name, const py::object& path);
  void take_spec(const std::string& name, const py::object& spec, Module& module);
  void scan_code(const py::object& code, const std::string& package, bool into_functions);
  void scan_library(const std::string& name, std::string_view bytes);
  std::vector<Import> imports_of(const py::object& code) const;
  void follow(const Import& import, const std::string& package);

  Collector& collector_;
  py::object search_path_;
  std::unordered_set<std::string> standard_modules_;
  int opcode_import_name_ = 0;
  int opcode_load_const_ = 0;
  int opcode_extended_arg_ = 0;
  std::unordered_map<std::string, Module> modules_;
  std::deque<std::pair<std::string, py::object>> to_scan_;             // package, code
  std::deque<std::pair<std::string, std::string>> libraries_to_scan_;  // module name, path
};

}  // namespace pylaunch::embed
