// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace pylaunch::embed {

// A name that opens the same file again.
std::string link_of_descriptor(int descriptor);

// Where the kernel has an open file or folder: its path with links followed, which
// os.path.realpath() would ask the file system for part by part. Empty when that is nowhere below
// the root.
std::string path_of_descriptor(int descriptor);

}  // namespace pylaunch::embed
