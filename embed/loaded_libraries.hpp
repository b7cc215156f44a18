// SPDX-License-Identifier: BSD-3-Clause
//
// Shared objects of this process: which ld.so has, and how one that lies in memory gets the name of
// the file that it is a copy of.
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

// dlopen of `file`, which goes by the name `true_path` from then on: dladdr, dl_iterate_phdr and
// debuggers see that, and whoever opens `true_path` gets this object without a look at the file
// system. Returns the handle, which is for keeps; nullptr when ld.so cannot load it (dlerror()).
void* open_library(const char* file, const std::string& true_path, int flags);

// Another spelling of the path of an object that open_library() has loaded.
void rename_library(void* handle, const std::string& true_path);

}  // namespace pylaunch::embed
