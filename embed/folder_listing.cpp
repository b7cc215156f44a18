// SPDX-License-Identifier: BSD-3-Clause
#include "embed/folder_listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "bundle/uninterrupted.hpp"
#include "embed/descriptor_path.hpp"
#include "embed/listing.hpp"
#include "embed/stamp.hpp"

namespace pylaunch::embed {

namespace {

// What a link leads to is not known when the file system fails. That it leads nowhere, or where
// this user may not look, is an answer.
bool is_answer(int error) {
  return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG ||
         error == EACCES;
}

// nullopt: it cannot be found out now.
std::optional<NameKind> kind_of(int folder, const dirent64& entry) {
  if (entry.d_type == DT_DIR) return NameKind::folder;
  if (entry.d_type == DT_REG) return NameKind::file;
  struct stat status;
  if (bundle::uninterrupted([&] { return fstatat(folder, entry.d_name, &status, 0); }) != 0)
    return is_answer(errno) ? std::optional(NameKind::other) : std::nullopt;
  if (S_ISDIR(status.st_mode)) return NameKind::folder;
  return S_ISREG(status.st_mode) ? NameKind::file : NameKind::other;
}

// nullopt: not all of them can be read. A part would make modules missing that are there.
std::optional<std::string> names_in(int descriptor) {
  std::vector<std::pair<std::string, NameKind>> names;
  alignas(dirent64) char entries[32768];
  const auto read_entries = [&] { return getdents64(descriptor, entries, sizeof entries); };
  ssize_t size = 0;
  while ((size = bundle::uninterrupted(read_entries)) > 0) {
    for (ssize_t at = 0; at < size;) {
      const auto& entry = *reinterpret_cast<const dirent64*>(entries + at);
      at += entry.d_reclen;
      const std::string name = entry.d_name;
      if (name == "." || name == "..") continue;
      const std::optional<NameKind> kind = kind_of(descriptor, entry);
      if (!kind) return std::nullopt;
      names.emplace_back(name, *kind);
    }
  }
  if (size < 0) return std::nullopt;
  std::ranges::sort(names);
  std::string listing;
  for (const auto& [name, kind] : names) append_name(listing, name, kind);
  return listing;
}

// Of an open folder.
std::optional<FolderListing> list_open_folder(int descriptor) {
  // The stamp is taken before the listing: what is added meanwhile makes that stale, not wrong.
  struct stat status;
  if (fstat(descriptor, &status) != 0) return std::nullopt;
  std::optional<std::string> names = names_in(descriptor);
  if (!names) return std::nullopt;
  return FolderListing{true, stamp_from(status), std::move(*names), path_of_descriptor(descriptor)};
}

// Of one that may be entered at most: importlib takes it for empty, too.
std::optional<FolderListing> list_forbidden_folder(const OpenFolders::Place& place) {
  struct stat status;
  if (fstatat(place.folder, place.name, &status, 0) != 0 || !S_ISDIR(status.st_mode))
    return std::nullopt;
  return FolderListing{true, stamp_from(status), {}, {}};
}

}  // namespace

std::optional<FolderListing> list_folder(const OpenFolders::Place& place) {
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  const int descriptor =
      bundle::uninterrupted([&] { return openat(place.folder, place.name, flags); });
  if (descriptor < 0) {
    if (errno == ENOENT) return FolderListing{};
    return errno == EACCES || errno == EPERM ? list_forbidden_folder(place) : std::nullopt;
  }
  std::optional<FolderListing> listing = list_open_folder(descriptor);
  close(descriptor);
  return listing;
}

}  // namespace pylaunch::embed
