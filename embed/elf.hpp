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

// nullopt when the bytes are no 64-bit ELF shared object of this byte order. Bounds-checked.
std::optional<SharedObject> read_shared_object(std::string_view bytes);

// The dependencies of the library at `path` that ld.so would find by a path of the library's own
// or by LD_LIBRARY_PATH, outside of the system's library folders and not loaded in this process
// already. Direct ones only, in order.
std::vector<std::string> find_dependencies(const std::string& path, const SharedObject& object);

}  // namespace pylaunch::embed
