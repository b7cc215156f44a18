// SPDX-License-Identifier: BSD-3-Clause
//
// Shared objects out of the bundle, loaded before somebody asks ld.so for their true paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pylaunch::embed {

// Loads the broadcast shared object of this path, and what ld.so would look for beside it, so that
// a dlopen of the path finds it loaded. `flags` are dlopen's. False when it has to come from its
// file; unless that is as it should be, the path is noted for the manifest. The GIL must be held.
bool load_library(const std::string& path, int flags);

// For a path that the program is about to give to dlopen itself, as ctypes does.
void preload_library(const char* path);

// The true paths of what was loaded out of the bundle, which `/proc/self/maps` does not have.
std::vector<std::string_view> libraries_from_memory();

}  // namespace pylaunch::embed
