// SPDX-License-Identifier: BSD-3-Clause
//
// Folders, kept open for files to be asked for relative to them: a network file system then walks
// each path one step, not from the root.
#pragma once

#include <map>
#include <string>

namespace pylaunch::embed {

class OpenFolders {
 public:
  OpenFolders() = default;
  ~OpenFolders();
  OpenFolders(const OpenFolders&) = delete;
  OpenFolders& operator=(const OpenFolders&) = delete;

  // A path as the calls with `at` in their names take it: folder and name in it, or AT_FDCWD and
  // the whole path, where the folder could not be opened or too many are open.
  struct Place {
    int folder;
    const char* name;  // points into the path
  };
  Place place_of(const std::string& path);

  // For reading; -1 with errno.
  int open_file(const std::string& path);

 private:
  int folder(const std::string& path);

  std::map<std::string, int> descriptors_;  // -1: cannot be opened
};

}  // namespace pylaunch::embed
