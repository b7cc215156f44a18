// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "bundle/format.hpp"
#include "embed/open_folders.hpp"

namespace pylaunch::embed {

inline std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

inline bundle::Stamp stamp_from(const struct stat& status) {
  // The size of a folder is up to the file system, and its status changes with its own name and
  // rights: neither says anything of the names in it that mtime does not.
  if (S_ISDIR(status.st_mode)) return {nanoseconds(status.st_mtim), 0, status.st_ino, 0};
  return {nanoseconds(status.st_mtim), static_cast<std::uint64_t>(status.st_size), status.st_ino,
          nanoseconds(status.st_ctim)};
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
