// SPDX-License-Identifier: BSD-3-Clause
//
// Modules that read Python files beside the import system, or look for loaded libraries, are
// taught, once imported, to look into memory first: the standard library's, their backports,
// threadpoolctl.
#pragma once

#include <Python.h>

#include <string_view>

namespace pylaunch::embed {

// After `name` was executed. Never raises.
void adapt_module(std::string_view name, PyObject* module);

// For modules that were imported before the importer was installed.
void adapt_loaded_modules();

}  // namespace pylaunch::embed
