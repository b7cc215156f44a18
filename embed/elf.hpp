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

// The same of a file, of which only the parts that matter are read.
std::optional<SharedObject> read_shared_object_file(const std::string& path);

// The folders in which ld.so looks for what this library needs, because of the DT_RPATH of itself
// and of what has loaded it: `from_above` is that of the latter.
std::vector<std::string> folders_handed_down(const std::string& path, const SharedObject& object,
                                             const std::vector<std::string>& from_above);

// The dependencies of the library at `path` that ld.so would find by DT_RPATH (see above),
// LD_LIBRARY_PATH or DT_RUNPATH, outside of the system's library folders and not loaded in this
// process already. Direct ones only, in order.
std::vector<std::string> find_dependencies(const std::string& path, const SharedObject& object,
                                           const std::vector<std::string>& from_above = {});

// Of those that ld.so searches without being told.
bool is_system_folder(const std::string& folder);

}  // namespace pylaunch::embed
