// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "bundle/format.hpp"
#include "embed/open_folders.hpp"

namespace pylaunch::embed {

inline bundle::Stamp stamp_from(const struct stat& status) {
  // The size of a folder is up to the file system, and says nothing that mtime does not.
  const bool is_folder = S_ISDIR(status.st_mode);
  return {status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
          is_folder ? 0 : static_cast<std::uint64_t>(status.st_size), status.st_ino};
}

inline std::optional<bundle::Stamp> stamp_of(const OpenFolders::Place& place) {
  struct stat status;
  if (fstatat(place.folder, place.name, &status, 0) != 0) return std::nullopt;
  return stamp_from(status);
}

inline std::optional<bundle::Stamp> stamp_of(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return stamp_from(status);
}

}  // namespace pylaunch::embed
