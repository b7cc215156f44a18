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
  OpenFolders();
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

  // The one path of what `path` leads to, with links followed, as realpath() gives it but in a
  // single step; empty when there is nothing that may be read.
  std::string readable_path(const std::string& path);
  // The same of a folder; the path itself when it cannot be opened.
  std::string real_folder(const std::string& path);

  // Of all that are open, by the path that they were asked for by. Asks no file system.
  std::map<std::string, std::string> real_folders() const;

 private:
  int folder(const std::string& path);

  std::size_t most_open_;
  std::map<std::string, int> descriptors_;  // -1: cannot be opened
};

}  // namespace pylaunch::embed
