// SPDX-License-Identifier: BSD-3-Clause
//
// What a code object says of imports, read from its bytecode and constants; nothing is executed.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <unordered_set>
#include <vector>

namespace pylaunch::embed {

namespace py = pybind11;

// An import statement. `from` has the names that it takes from the module, "*" among them.
struct Import {
  std::string name;
  std::vector<std::string> from;
  int level = 0;
};

class CodeReader {
 public:
  CodeReader();

  // In this code alone, not in that of functions and classes in it.
  std::vector<Import> imports_of(const py::object& code) const;

 private:
  int opcode_import_name_;
  int opcode_load_const_;
  int opcode_load_small_int_;        // since 3.14
  int opcode_load_common_constant_;  // None since 3.15
  int opcode_extended_arg_;
};

// The code objects among the constants of this one.
std::vector<py::object> inner_code(const py::object& code);

// Of a function, not of a module or class.
bool is_function(const py::object& code);

// All names of attributes and globals, with those of inner code.
void add_names(const py::object& code, std::unordered_set<std::string>& names);

// The strings among the constants, also in tuples and sets of them; not those of inner code.
std::unordered_set<std::string> strings_in(const py::object& code);

}  // namespace pylaunch::embed
