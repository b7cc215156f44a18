// SPDX-License-Identifier: BSD-3-Clause
//
// What ld.so would read in a shared object: its name, what it needs, and where it says to look.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pylaunch::embed {

struct SharedObject {
  std::string soname;
  std::vector<std::string> needed;
  std::vector<std::string> rpath;    // DT_RPATH; does not count when there is a DT_RUNPATH
  std::vector<std::string> runpath;  // DT_RUNPATH
};

// The folders of a DT_RPATH, or of LD_LIBRARY_PATH.
std::vector<std::string> split_path(std::string_view text);

// nullopt when the bytes are no 64-bit ELF shared object of this byte order. Bounds-checked.
std::optional<SharedObject> read_shared_object(std::string_view bytes);

// The same of a file, of which only the parts that matter are read.
std::optional<SharedObject> read_shared_object_file(const std::string& path);

}  // namespace pylaunch::embed
