// SPDX-License-Identifier: BSD-3-Clause
#include "embed/code_reader.hpp"

#include <utility>

#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

constexpr int flag_optimized = 0x1;  // CO_OPTIMIZED

int opcode(const char* name) {
  return py::module_::import("opcode").attr("opmap")[name].cast<int>();
}

}  // namespace

CodeReader::CodeReader()
    : opcode_import_name_(opcode("IMPORT_NAME")),
      opcode_load_const_(opcode("LOAD_CONST")),
      opcode_extended_arg_(opcode("EXTENDED_ARG")) {}

std::vector<Import> CodeReader::imports_of(const py::object& code) const {
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
