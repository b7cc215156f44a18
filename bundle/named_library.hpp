// SPDX-License-Identifier: BSD-3-Clause
//
// A shared object that lies in memory gets the name of the file that it is a copy of.
#pragma once

#include <string>

namespace pylaunch::bundle {

// dlopen of `file`, which goes by the name `true_path` from then on: dladdr, dl_iterate_phdr and
// debuggers see that, and whoever opens `true_path` gets this object without a look at the file
// system. Returns the handle, which is for keeps; nullptr when ld.so cannot load it (dlerror()).
void* open_library(const char* file, const std::string& true_path, int flags);

// Another spelling of the path of an object that open_library() has loaded.
void rename_library(void* handle, const std::string& true_path);

}  // namespace pylaunch::bundle
