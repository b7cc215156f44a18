// SPDX-License-Identifier: BSD-3-Clause
//
// The path entry finder (PEP 302 path hook, PEP 451 find_spec): a FileFinder that knows the
// listings of the folders that were broadcast, and asks the file system about all others.
#pragma once

#include <pybind11/pybind11.h>

namespace pylaunch::embed {

// Makes the class; names() must exist. The loaders' classes must have been made.
pybind11::object make_finder_type();

// The function for sys.path_hooks.
pybind11::object make_path_hook();

}  // namespace pylaunch::embed
