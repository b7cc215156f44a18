// SPDX-License-Identifier: BSD-3-Clause
#include "embed/code_reader.hpp"

#include <climits>
#include <utility>

#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

constexpr int flag_optimized = 0x1;  // CO_OPTIMIZED

// Two bits of IMPORT_NAME's argument say whether the import may be lazy, and the name comes after
// them.
constexpr int bits_before_name = PY_VERSION_HEX >= 0x030F0000 ? 2 : 0;

// -1 where this version has no such instruction.
int opcode(const char* name) {
  const py::dict opmap = py::module_::import("opcode").attr("opmap");
  return opmap.contains(name) ? opmap[name].cast<int>() : -1;
}

// What an instruction has put on the stack: a number, or a constant of the code by its position.
struct Loaded {
  bool is_number = true;
  std::size_t value = 0;
};

int level_of(const Loaded& loaded, const py::tuple& constants) {
  if (loaded.is_number) return static_cast<int>(loaded.value);
  if (loaded.value >= constants.size()) return 0;
  const py::object constant = constants[loaded.value];
  int overflow = 0;
  const long level =
      PyLong_Check(constant.ptr()) ? PyLong_AsLongAndOverflow(constant.ptr(), &overflow) : 0;
  return overflow == 0 && level <= INT_MAX ? static_cast<int>(level) : 0;
}

std::vector<std::string> names_of(const Loaded& loaded, const py::tuple& constants) {
  if (loaded.is_number || loaded.value >= constants.size()) return {};
  const py::object constant = constants[loaded.value];
  if (!PyTuple_Check(constant.ptr())) return {};
  return to_strings(constant);
}

}  // namespace

CodeReader::CodeReader()
    : opcode_import_name_(opcode("IMPORT_NAME")),
      opcode_load_const_(opcode("LOAD_CONST")),
      opcode_load_small_int_(opcode("LOAD_SMALL_INT")),
      opcode_load_common_constant_(opcode("LOAD_COMMON_CONSTANT")),
      opcode_extended_arg_(opcode("EXTENDED_ARG")) {}

std::vector<Import> CodeReader::imports_of(const py::object& code) const {
  const py::bytes bytecode = code.attr("co_code");
  const py::tuple constants = code.attr("co_consts");
  const py::tuple import_names = code.attr("co_names");
  std::vector<Import> imports;
  Loaded level;
  Loaded from;
  std::size_t argument = 0;
  const std::string_view words(bytecode);
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const int opcode = static_cast<unsigned char>(words[i]);
    argument = argument << 8 | static_cast<unsigned char>(words[i + 1]);
    if (opcode == opcode_extended_arg_) continue;
    if (opcode == opcode_load_const_ || opcode == opcode_load_small_int_) {
      level = std::exchange(from, Loaded{opcode == opcode_load_small_int_, argument});
    } else if (opcode == opcode_load_common_constant_) {
      level = std::exchange(from, Loaded{});
    } else if (opcode == opcode_import_name_) {
      const std::size_t name = argument >> bits_before_name;
      if (name < import_names.size())
        imports.push_back(
            {to_bytes(import_names[name]), names_of(from, constants), level_of(level, constants)});
    }
    argument = 0;
  }
  return imports;
}

std::vector<py::object> inner_code(const py::object& code) {
  std::vector<py::object> inner;
  for (const py::handle constant : code.attr("co_consts"))
    if (PyCode_Check(constant.ptr())) inner.push_back(py::reinterpret_borrow<py::object>(constant));
  return inner;
}

bool is_function(const py::object& code) {
  return (code.attr("co_flags").cast<int>() & flag_optimized) != 0;
}

void add_names(const py::object& code, std::unordered_set<std::string>& names) {
  for (const std::string& name : to_strings(code.attr("co_names"))) names.insert(name);
  for (const py::object& inner : inner_code(code)) add_names(inner, names);
}

std::unordered_set<std::string> strings_in(const py::object& code) {
  std::unordered_set<std::string> strings;
  for (const py::handle constant : code.attr("co_consts")) {
    if (PyUnicode_Check(constant.ptr()))
      if (std::optional<std::string> name = to_name(constant)) strings.insert(std::move(*name));
    if (!PyTuple_Check(constant.ptr()) && !PyAnySet_Check(constant.ptr())) continue;
    for (const std::string& text : to_strings(constant)) strings.insert(text);
  }
  return strings;
}

}  // namespace pylaunch::embed
