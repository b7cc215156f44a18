// SPDX-License-Identifier: BSD-3-Clause
//
// Small conversions between C++ values and Python objects that the whole of embed/ needs.
// The GIL must be held.
#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pylaunch::embed {

namespace py = pybind11;

// A str as bytes in the file system's encoding (os.fsencode), and back (os.fsdecode).
std::string to_bytes(py::handle text);
// The same, or nullopt of a str that cannot be encoded, and so names nothing.
std::optional<std::string> to_name(py::handle text);
py::str path_object(std::string_view path);
// Of the items that are str and can be encoded.
std::vector<std::string> to_strings(py::handle sequence);

// marshal.dumps / loads, in the format that .pyc files have.
std::string marshal(py::handle object);
py::object unmarshal(std::string_view bytes);

// sys.NAME; throws when there is none.
py::object sys_attribute(const char* name);

// A module without a dot in its name, past what a program has put in the place of
// builtins.__import__: that is for the program's own imports.
py::module_ import_directly(const char* name);

// importlib._bootstrap_external, without importing the package `importlib`, which python3 does not
// do at its start either.
py::module_ bootstrap_external();

// Our loader of source modules, see importer/.
py::object source_loader_type();

// Runs a .py of embed/python/, which the build has compiled, as a fresh module of that name. Its
// builtins are those of the first call.
py::module_ load_embedded(const char* name);

// Reports an exception that nobody can be told about, and clears it.
std::string describe_error(py::error_already_set& error);

// In a handler: for an error that something else will report, or that does no harm. An interrupt by
// the user is passed on.
void set_aside(py::error_already_set& error);

}  // namespace pylaunch::embed
