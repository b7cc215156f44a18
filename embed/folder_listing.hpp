// SPDX-License-Identifier: BSD-3-Clause
//
// The names in a folder, read at once, with the stamp that tells whether they are still those.
#pragma once

#include <optional>
#include <string>

#include "bundle/format.hpp"
#include "embed/open_folders.hpp"

namespace pylaunch::embed {

struct FolderListing {
  bool exists = false;
  bundle::Stamp stamp;
  std::string names;      // as in listing.hpp, sorted; links count as what they point to
  std::string real_path;  // links followed; empty: not known
};

// nullopt: there is something else than a folder, or the file system failed, so that nothing can be
// said. A folder that may not be listed is an empty one, as for FileFinder.
std::optional<FolderListing> list_folder(const OpenFolders::Place& place);

}  // namespace pylaunch::embed
