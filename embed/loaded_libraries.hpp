// SPDX-License-Identifier: BSD-3-Clause
//
// Shared objects of this process: which ld.so has, and what they need.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pylaunch::embed {

// True when an object of this DT_SONAME is loaded; ld.so would take that one for a DT_NEEDED entry.
// Asks no file system, as dlopen with RTLD_NOLOAD would.
bool is_loaded(std::string_view soname);

// The DT_SONAME of the object that this address is of; empty when it has none.
std::string soname_at(const void* address);

// The names of the loaded objects that have this one among their DT_NEEDED; the program's is empty.
std::vector<std::string> objects_that_need(std::string_view soname);

}  // namespace pylaunch::embed
