// SPDX-License-Identifier: BSD-3-Clause
//
// Loads libpython and the support library for its version. Neither is ever unloaded.
#pragma once

#include <string>
#include <vector>

#include "bundle/support_api.h"

namespace pylaunch {

// The file of the support library for this CPython version, beside this executable.
// Throws LaunchError (69) that names the versions there are.
std::string find_support_library(const std::string& version);

// The path of another file there; empty if it is not there.
std::string find_beside_support_libraries(const std::string& name);

// The versions a support library was built for.
std::vector<std::string> supported_versions();

// A library in a file, which may be one in memory, and the path of what that is a copy of.
struct LibraryCopy {
  std::string file;
  std::string true_path;
};

// `is_built_in`: libpython has the names of what is in this executable. Throws LaunchError (69).
const PylaunchSupport* load_support(const LibraryCopy& libpython,
                                    const LibraryCopy& support_library, bool is_built_in);

// Throws LaunchError unless `result` is 0: the support library's way of saying that the job ends.
// Returns normally only to go on.
void check_support(const PylaunchSupport* support, int result);

}  // namespace pylaunch
