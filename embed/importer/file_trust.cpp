// SPDX-License-Identifier: BSD-3-Clause
//
// What of the bundle is no longer relied on.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "embed/descriptor_path.hpp"
#include "embed/importer/file_memory.hpp"
#include "embed/stamp.hpp"

namespace pylaunch::embed {

using bundle::Entry;
using bundle::Kind;

namespace {

std::string parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

std::string without_last_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// Empty when the current folder is gone.
std::string absolute_path(std::string_view path) {
  if (path.starts_with('/')) return std::string(path);
  char directory[PATH_MAX];
  if (getcwd(directory, sizeof directory) == nullptr) return {};
  return std::string(directory) + "/" + std::string(path);
}

}  // namespace

bool FileMemory::is_unchanged(const Entry& entry) const {
  const std::optional<bundle::Stamp> now = stamp_of(std::string(view_->path(entry)));
  return now && *now == entry.stamp;
}

bool FileMemory::has_changed(KnownFolder& folder) {
  if (!folder.trusted) return false;
  const Entry& entry = view_->entry(folder.entry);
  const std::optional<bundle::Stamp> now = stamp_of(std::string(view_->path(entry)));
  const bundle::Stamp& known = is_replaced(entry) ? newer_->stamp : entry.stamp;
  folder.trusted = folder.exists ? now && *now == known : !now;
  return !folder.trusted;
}

bool FileMemory::holds_after_children(const Entry& entry) {
  if (!has_children_ || is_in_library(view_->path(entry)) || is_unchanged(entry)) return true;
  distrusted_.insert(view_->index_of(entry));
  return false;
}

// An archive, as a rule, whose parts have paths of their own.
bool FileMemory::is_below_a_file(std::string path) {
  do path = parent_of(path);
  while (kind_of(path) == PathKind::absent);
  return kind_of(path) == PathKind::file;
}

PathKind FileMemory::kind_now(const std::string& path) {
  const PathKind kind = kind_of(path);
  if (!has_children_ && !communicates_) return kind;
  if (kind != PathKind::absent || is_in_library(path) || is_below_a_file(path)) return kind;
  struct stat status;
  if (lstat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR)) return kind;
  distrust(path.c_str());
  return PathKind::unknown;
}

bool FileMemory::is_rebuilt(const Entry& library) {
  if (distrusted_.contains(view_->index_of(library))) return true;
  const std::string path(view_->path(library));
  // Beside the standard library's folder there are the libraries of an installation of conda's
  // kind.
  const std::string installed = parent_of(standard_library_) + "/";
  if (is_in_library(path) || path.starts_with(installed)) return false;
  if (!has_children_) return false;
  // Where it is gone there is nothing better than what was there.
  const std::optional<bundle::Stamp> now = stamp_of(path);
  if (!now || *now == library.stamp) return false;
  distrusted_.insert(view_->index_of(library));
  return true;
}

const Entry* FileMemory::shared_object(std::string_view path) {
  const Entry* library = peek(path, Kind::library);
  if (library == nullptr || is_rebuilt(*library)) return nullptr;
  // What an installed one needs is as installed as it is, wherever it lies.
  if (is_in_library(path)) return library;
  for (const std::uint32_t index : view_->dependencies(*library))
    if (is_rebuilt(view_->entry(index))) return nullptr;
  return library;
}

std::string FileMemory::real_folder(const std::string& path) {
  const auto known = real_folders_.find(path);
  if (known != real_folders_.end()) return known->second;
  const int folder = open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return {};
  std::string real = path_of_descriptor(folder);
  close(folder);
  return real_folders_.emplace(path, std::move(real)).first->second;
}

// With the links to its folder followed; empty when that is not known.
std::string FileMemory::real_spelling(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::string folder = name == "." || name == ".." ? "" : real_folder(parent_of(path));
  if (folder.empty()) return {};
  return folder == "/" ? folder + name : folder + "/" + name;
}

// With links followed the path may be another than `..` taken as text makes it.
std::vector<std::string> FileMemory::spellings_of(const std::string& absolute) {
  std::vector<std::string> spellings = {normal_path(absolute)};
  const std::string path = without_last_slashes(absolute);
  for (const std::string& spelling : {path, real_spelling(path)})
    if (!spelling.empty() && std::ranges::count(spellings, spelling) == 0)
      spellings.push_back(spelling);
  return spellings;
}

std::vector<std::uint32_t> FileMemory::entries_at(const std::string& path) const {
  std::vector<std::uint32_t> indices;
  if (aliases_) indices = aliases_->at(path);
  if (const std::optional<std::uint32_t> index = view_->find(path)) indices.push_back(*index);
  return indices;
}

void FileMemory::distrust_entry(std::uint32_t index) {
  distrusted_.insert(index);
  const auto known = folders_.find(std::string(view_->path(view_->entry(index))));
  if (known != folders_.end()) known->second->trusted = false;
}

void FileMemory::distrust_spelling(const std::string& path) {
  for (const std::uint32_t index : entries_at(path)) {
    const Entry& entry = view_->entry(index);
    if (entry.kind == Kind::data || entry.kind == Kind::source)
      written_.emplace(view_->path(entry));
    distrust_entry(index);
  }
  for (const std::uint32_t index : entries_at(parent_of(path))) distrust_entry(index);
  const auto [first, last] = entries_below(path);
  for (std::uint32_t i = first; i < last; ++i) distrust_entry(i);
  for (const std::uint32_t index : aliases_->below(path)) distrust_entry(index);
}

void FileMemory::distrust(const char* path) {
  const std::string absolute = absolute_path(path);
  if (!view_ || absolute.empty()) return;
  if (!aliases_) aliases_.emplace(*view_);
  for (const std::string& spelling : spellings_of(absolute)) {
    distrust_spelling(spelling);
    // A folder or a link to one that is made, moved or removed leads elsewhere now.
    const auto below = real_folders_.lower_bound(spelling);
    if (below != real_folders_.end() && below->first.starts_with(spelling)) real_folders_.clear();
  }
}

// Other than for entries_at(), a text that may lead elsewhere does not do.
bool FileMemory::is_listed(const std::string& path) {
  if (path.empty()) return false;
  const std::string parent = parent_of(path);
  const std::string name = path.substr(path.rfind('/') + 1);
  const auto has_it = [&](std::uint32_t index) {
    const Entry& entry = view_->entry(index);
    if (view_->path(entry) != parent && view_->real_path(entry) != parent) return false;
    const KnownFolder* known = folder(std::string(view_->path(entry)));
    return known != nullptr && known->exists && known->trusted &&
           (known->folders.contains(name) || known->files.contains(name));
  };
  return std::ranges::any_of(entries_at(parent), has_it);
}

bool FileMemory::has_name(const char* path) {
  const std::string absolute = absolute_path(path);
  if (!view_ || absolute.empty()) return false;
  if (!aliases_) aliases_.emplace(*view_);
  // Past a link `..` leads elsewhere than the text says.
  const bool is_plain = absolute.find("/..") == absolute.npos;
  const bool is_known = (is_plain && is_listed(normal_path(absolute))) ||
                        is_listed(real_spelling(without_last_slashes(absolute)));
  if (!is_known) return false;
  struct stat status;
  return (!has_children_ && !communicates_) || lstat(absolute.c_str(), &status) == 0;
}

void FileMemory::distrust_later(const char* path) {
  std::string absolute = absolute_path(path);
  if (absolute.empty()) return;
  const std::lock_guard lock(pending_mutex_);
  pending_.push_back(std::move(absolute));
  has_pending_ = true;
}

void FileMemory::distrust_pending() {
  if (!has_pending_) return;
  std::vector<std::string> paths;
  {
    const std::lock_guard lock(pending_mutex_);
    paths.swap(pending_);
    has_pending_ = false;
  }
  for (const std::string& path : paths) distrust(path.c_str());
}

void FileMemory::distrust_if_changed(const std::string& path) {
  const std::optional<std::uint32_t> index = view_ ? view_->find(path) : std::nullopt;
  if (index && !is_unchanged(view_->entry(*index))) distrusted_.insert(*index);
}

}  // namespace pylaunch::embed
