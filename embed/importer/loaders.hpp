// SPDX-License-Identifier: BSD-3-Clause
//
// The loaders (PEP 451): importlib's SourceFileLoader, SourcelessFileLoader and
// ExtensionFileLoader, with the bytes from memory where they were broadcast and from the true path
// where not. Paths and all other attributes are those that importlib gives.
#pragma once

#include <pybind11/pybind11.h>

namespace pylaunch::embed {

// names() must exist.
pybind11::object make_source_loader_type();
pybind11::object make_bytecode_loader_type();
pybind11::object make_extension_loader_type();

// For the file of an extension module that CPython is about to give to dlopen, whoever's loader
// asks for that. Never raises.
void preload_extension(const char* name, const char* path);

}  // namespace pylaunch::embed
