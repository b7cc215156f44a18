// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "bundle/format.hpp"
#include "embed/open_folders.hpp"

namespace pylaunch::embed {

// The stamp is taken before the bytes: what is written meanwhile makes them stale, not wrong.
struct FileContent {
  std::string bytes;
  bundle::Stamp stamp;
};

// nullopt: cannot be read, or is no regular file.
std::optional<FileContent> read_file_with_stamp(const std::string& path, OpenFolders& folders);
std::optional<std::string> read_file(const std::string& path, OpenFolders& folders);
std::optional<std::string> read_file(const std::string& path);

}  // namespace pylaunch::embed
