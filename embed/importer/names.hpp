// SPDX-License-Identifier: BSD-3-Clause
//
// What the importer's native code looks up again and again: interned names, importlib's classes and
// the classes made here. Made once by make_names(), and never destroyed: exit handlers import, too,
// and behind them comes the end of the interpreter.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "embed/importer/super_method.hpp"

namespace pylaunch::embed {

namespace py = pybind11;

struct Names {
  // importlib's
  py::object file_finder;
  py::object module_spec;
  py::object spec_from_file_location;
  SuperMethod find_spec, invalidate_caches;
  SuperMethod source_exec_module, source_get_code, source_get_data, source_path_stats;
  SuperMethod source_to_code, source_get_filename;
  SuperMethod bytecode_exec_module, bytecode_get_code, bytecode_get_data, bytecode_get_filename;
  SuperMethod extension_create_module, extension_exec_module;
  std::vector<std::string> extension_suffixes;
  // ours
  py::object finder_type, source_loader_type, bytecode_loader_type, extension_loader_type;
  py::object path_hook;
  py::module_ memory;  // for the code in embed/python/, see memory_module.hpp
  py::dict embedded;   // that code's modules, by name
  // attribute and keyword names
  py::object path, name, origin, loader, submodule_search_locations, file;
  py::tuple location_keywords;
};

Names& names();
void make_names();

// A class derived from `base` whose methods are C functions.
py::object derive(const char* name, const char* doc, const py::object& base, PyMethodDef* methods);

// False before make_names().
bool has_names();

// A module of embed/python/, made once, which has names().memory as its global `memory`.
py::module_ load_with_memory(const char* name);

// `object.attribute` as bytes in the file system's encoding; throws.
std::string path_attribute(PyObject* object, const py::object& attribute);

}  // namespace pylaunch::embed
