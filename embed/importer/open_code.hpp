// SPDX-License-Identifier: BSD-3-Clause
//
// io.open_code(), with which zipimport, runpy and others read what they execute, gives broadcast
// files from memory (PyFile_SetOpenCodeHook).
#pragma once

#include <string_view>

namespace pylaunch::embed {

// Once per process, after the importer is installed.
void hook_open_code();

// False for files that come into the bundle as modules, or not at all.
bool is_worth_broadcasting(std::string_view path);

}  // namespace pylaunch::embed
