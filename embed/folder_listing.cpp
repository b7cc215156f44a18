// SPDX-License-Identifier: BSD-3-Clause
#include "embed/folder_listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "embed/descriptor_path.hpp"
#include "embed/listing.hpp"
#include "embed/stamp.hpp"

namespace pylaunch::embed {

namespace {

NameKind kind_of(int folder, const dirent64& entry) {
  if (entry.d_type == DT_DIR) return NameKind::folder;
  if (entry.d_type == DT_REG) return NameKind::file;
  struct stat status;
  if (fstatat(folder, entry.d_name, &status, 0) != 0) return NameKind::other;
  if (S_ISDIR(status.st_mode)) return NameKind::folder;
  return S_ISREG(status.st_mode) ? NameKind::file : NameKind::other;
}

std::string names_in(int descriptor) {
  std::vector<std::pair<std::string, NameKind>> names;
  alignas(dirent64) char entries[32768];
  for (ssize_t size; (size = getdents64(descriptor, entries, sizeof entries)) > 0;) {
    for (ssize_t at = 0; at < size;) {
      const auto& entry = *reinterpret_cast<const dirent64*>(entries + at);
      at += entry.d_reclen;
      const std::string name = entry.d_name;
      if (name != "." && name != "..") names.emplace_back(name, kind_of(descriptor, entry));
    }
  }
  std::ranges::sort(names);
  std::string listing;
  for (const auto& [name, kind] : names) append_name(listing, name, kind);
  return listing;
}

}  // namespace

std::optional<FolderListing> list_folder(const OpenFolders::Place& place) {
  FolderListing listing;
  const int descriptor = openat(place.folder, place.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return listing;
  // The stamp is taken before the listing: what is added meanwhile makes that stale, not wrong.
  struct stat status;
  const bool is_known = descriptor >= 0 ? fstat(descriptor, &status) == 0
                                        : fstatat(place.folder, place.name, &status, 0) == 0;
  listing.exists = is_known && S_ISDIR(status.st_mode);
  if (listing.exists) {
    listing.stamp = stamp_from(status);
    if (descriptor >= 0) {
      listing.names = names_in(descriptor);
      listing.real_path = path_of_descriptor(descriptor);
    }
  }
  if (descriptor >= 0) close(descriptor);
  if (!listing.exists) return std::nullopt;
  return listing;
}

}  // namespace pylaunch::embed
