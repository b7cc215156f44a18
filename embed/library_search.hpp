// SPDX-License-Identifier: BSD-3-Clause
//
// Where ld.so would find what a shared object needs, with as few requests to the file system as
// that takes: a package has its libraries in one folder, and many extension modules ask for them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "embed/elf.hpp"
#include "embed/open_folders.hpp"

namespace pylaunch::embed {

class LibrarySearch {
 public:
  explicit LibrarySearch(OpenFolders& folders) : folders_(folders) {}

  // The folders in which ld.so looks for what this library needs, because of the DT_RPATH of itself
  // and of what has loaded it: `from_above` is that of the latter.
  std::vector<std::string> folders_handed_down(const std::string& path, const SharedObject& object,
                                               const std::vector<std::string>& from_above);

  // The dependencies of the library at `path` that ld.so would find by DT_RPATH (see above),
  // LD_LIBRARY_PATH or DT_RUNPATH, outside of the system's library folders and not loaded in this
  // process already. Direct ones only, in order; each by the one path that it has without links.
  std::vector<std::string> find_dependencies(const std::string& path, const SharedObject& object,
                                             const std::vector<std::string>& from_above = {});

 private:
  std::vector<std::string> search_order(const std::string& path, const SharedObject& object,
                                        const std::vector<std::string>& from_above);
  std::string expand_origin(std::string folder, const std::string& path);
  const std::string& locate(const std::string& candidate);

  OpenFolders& folders_;
  std::map<std::string, std::string> located_;  // by path asked for; empty: not there
};

// Of those that ld.so searches without being told.
bool is_system_folder(const std::string& folder);

}  // namespace pylaunch::embed
