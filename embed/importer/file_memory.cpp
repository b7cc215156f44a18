// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/file_memory.hpp"

#include <algorithm>
#include <climits>
#include <ranges>

#include "embed/listing.hpp"

namespace pylaunch::embed {

using bundle::Entry;
using bundle::Kind;

namespace {

std::unique_ptr<FileMemory> the_memory;

// Of anything else the system has other errors than that it is not there.
bool can_be_a_path(std::string_view path) {
  return path.starts_with('/') && path.find('\0') == path.npos && path.size() < PATH_MAX &&
         path.size() - path.rfind('/') <= NAME_MAX + 1;
}

}  // namespace

FileMemory* file_memory() {
  if (the_memory) the_memory->distrust_pending();
  return the_memory.get();
}

void set_file_memory(std::unique_ptr<FileMemory> memory) { the_memory = std::move(memory); }

void distrust_file_later(const char* path) {
  if (the_memory) the_memory->distrust_later(path);
}

void note_child() {
  if (the_memory) the_memory->child_started();
}

FileMemory::FileMemory(const PylaunchHost& host, bundle::Bytes bytes, std::string standard_library,
                       const NewerListing* newer)
    : host_(host), standard_library_(std::move(standard_library)), newer_(newer) {
  if (bytes.empty()) return;
  view_.emplace(bytes);
  used_.resize(view_->size());
}

bool FileMemory::is_replaced(const Entry& folder) const {
  return newer_ != nullptr && newer_->path == view_->path(folder) &&
         newer_->replaces == folder.stamp;
}

KnownFolder FileMemory::read_folder(std::uint32_t index) const {
  const Entry& entry = view_->entry(index);
  KnownFolder folder(is_replaced(entry) ? std::string_view(newer_->names)
                                        : bundle::as_text(view_->content(entry)));
  folder.entry = index;
  folder.exists = entry.kind == Kind::directory;
  folder.is_library = is_in_library(view_->path(entry));
  return folder;
}

bool FileMemory::is_in_library(std::string_view path) const {
  return path.starts_with(standard_library_) || path.find("/site-packages") != path.npos ||
         path.find("/dist-packages") != path.npos;
}

KnownFolder* FileMemory::folder(const std::string& path) {
  const auto known = folders_.find(path);
  if (known != folders_.end()) return known->second.get();
  if (!view_) return nullptr;
  const std::optional<std::uint32_t> index = view_->find(path);
  if (!index) return nullptr;
  const Kind kind = view_->entry(*index).kind;
  if (kind != Kind::directory && kind != Kind::absent) return nullptr;
  used_[*index] = true;
  auto folder = std::make_unique<KnownFolder>(read_folder(*index));
  folder->trusted = !distrusted_.contains(*index);
  return folders_.emplace(path, std::move(folder)).first->second.get();
}

const KnownFolder* FileMemory::listing(const std::string& path) {
  KnownFolder* known = folder(path);
  if (known == nullptr || !known->exists) return nullptr;
  if (has_children_ && !known->is_library) has_changed(*known);
  return known->trusted ? known : nullptr;
}

const Entry* FileMemory::peek(std::string_view path, Kind kind) const {
  const std::optional<std::uint32_t> index = view_ ? view_->find(path) : std::nullopt;
  if (!index || view_->entry(*index).kind != kind || distrusted_.contains(*index)) return nullptr;
  return &view_->entry(*index);
}

const Entry* FileMemory::file(std::string_view path, Kind kind) {
  const Entry* entry = peek(path, kind);
  if (entry == nullptr) return nullptr;
  const std::uint32_t index = view_->index_of(*entry);
  const bool served_before = !served_.insert(index).second;
  used_[index] = true;
  if (!served_before) return holds_after_children(*entry) ? entry : nullptr;
  if (is_unchanged(*entry)) return entry;
  distrusted_.insert(index);
  return nullptr;
}

std::string_view FileMemory::data(const std::string& path) {
  for (const Kind kind : {Kind::data, Kind::source}) {
    const Entry* entry = peek(path, kind);
    if (entry == nullptr || !holds_after_children(*entry)) continue;
    used_[view_->index_of(*entry)] = true;
    const std::string_view bytes =
        kind == Kind::data ? bundle::as_text(view_->content(*entry)) : view_->source(*entry);
    return bytes.data() != nullptr ? bytes : std::string_view("");
  }
  return {};
}

std::string FileMemory::real_path(const std::string& path) {
  for (const Kind kind : {Kind::source, Kind::library, Kind::bytecode, Kind::data}) {
    const Entry* entry = peek(path, kind);
    if (entry == nullptr) continue;
    used_[view_->index_of(*entry)] = true;
    return std::string(view_->real_path(*entry));
  }
  const auto slash = path.rfind('/');
  if (slash == path.npos || slash == 0 || kind_of(path) != PathKind::absent) return {};
  const Entry* folder = peek(std::string_view(path).substr(0, slash), Kind::directory);
  if (folder == nullptr || view_->real_path(*folder).empty()) return {};
  return std::string(view_->real_path(*folder)) + path.substr(slash);
}

std::pair<std::uint32_t, std::uint32_t> FileMemory::entries_below(const std::string& path) const {
  const std::string beginning = path == "/" ? path : path + "/";
  const auto indices = std::views::iota(std::uint32_t{0}, view_->size());
  const auto prefix = [&](std::uint32_t index) {
    return view_->path(view_->entry(index)).substr(0, beginning.size());
  };
  const auto below = std::ranges::equal_range(indices, beginning, {}, prefix);
  return below.empty() ? std::pair{0u, 0u} : std::pair{below.front(), below.back() + 1};
}

PathKind FileMemory::kind_of(const std::string& path) {
  if (!view_ || !can_be_a_path(path)) return PathKind::unknown;
  if (const std::optional<std::uint32_t> index = view_->find(path)) {
    if (distrusted_.contains(*index)) return PathKind::unknown;
    used_[*index] = true;
    const Kind kind = view_->entry(*index).kind;
    if (kind == Kind::absent) return PathKind::absent;
    return kind == Kind::directory ? PathKind::folder : PathKind::file;
  }
  const auto slash = path.rfind('/');
  const std::string name = path.substr(slash + 1);
  const std::string parent = path.substr(0, slash == 0 ? 1 : slash);
  if (const KnownFolder* listing = folder(parent); listing != nullptr && listing->trusted) {
    if (listing->folders.contains(name)) return PathKind::folder;
    if (listing->files.contains(name)) return PathKind::file;
    // Names that listings do not have.
    const bool is_special = name.empty() || name == "." || name == "..";
    return is_special || listing->others.contains(name) ? PathKind::unknown : PathKind::absent;
  }
  const auto [first, last] = entries_below(path);
  for (std::uint32_t i = first; i < last; ++i)
    if (view_->entry(i).kind != Kind::absent && !distrusted_.contains(i)) return PathKind::folder;
  // Below a folder that is not there, or below a file.
  if (parent == "/" || parent.ends_with("/..")) return PathKind::unknown;
  const PathKind above = kind_of(parent);
  return above == PathKind::absent || above == PathKind::file ? PathKind::absent
                                                              : PathKind::unknown;
}

std::vector<std::string> FileMemory::absent_paths() {
  std::vector<std::string> paths;
  for (std::uint32_t i = 0; view_ && i < view_->size(); ++i) {
    if (view_->entry(i).kind != Kind::absent) continue;
    used_[i] = true;
    paths.emplace_back(view_->path(view_->entry(i)));
  }
  return paths;
}

bool FileMemory::is_known_missing(std::string_view name) {
  const Entry* entry = peek(name, Kind::missing_name);
  if (entry != nullptr) used_[view_->index_of(*entry)] = true;
  return entry != nullptr;
}

const char* FileMemory::library_path(const Entry& entry) const {
  return host_.library_path(host_.context, view_->index_of(entry));
}

}  // namespace pylaunch::embed
