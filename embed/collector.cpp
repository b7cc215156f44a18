// SPDX-License-Identifier: BSD-3-Clause
#include "embed/collector.hpp"

#include <algorithm>
#include <utility>

#include "embed/bytecode.hpp"
#include "embed/folder_listing.hpp"

namespace pylaunch::embed {

using bundle::Entry;
using bundle::Kind;
using bundle::Record;
using bundle::Stamp;

std::string manifest_line(const bundle::BundleView& view, const Entry& entry) {
  return std::string(1, bundle::manifest_letter(entry.kind)) + " " + std::string(view.path(entry));
}

Collector::Collector(const bundle::BundleView* cached, std::uint32_t python_magic,
                     std::string abi_tag, std::uint64_t library_size_limit,
                     const NewerListing* newer)
    : cached_(cached),
      newer_(newer),
      python_magic_(python_magic),
      abi_tag_(std::move(abi_tag)),
      library_size_limit_(library_size_limit) {}

std::string_view Collector::keep(std::string bytes) {
  kept_.push_back(std::move(bytes));
  return kept_.back();
}

bool Collector::add(Record record) {
  changed_ = true;
  std::string path = record.path;
  records_.insert_or_assign(std::move(path), std::move(record));
  return true;
}

void Collector::reuse(const Entry& entry) {
  Record record;
  record.kind = entry.kind;
  record.path = cached_->path(entry);
  record.stamp = entry.stamp;
  if (entry.kind != Kind::library || cached_->has_libraries())
    record.content = cached_->content(entry);
  record.source = cached_->source(entry);
  record.soname = cached_->soname(entry);
  record.real_path = cached_->real_path(entry);
  if (newer_ != nullptr && newer_->path == record.path) {
    record.stamp = newer_->stamp;
    record.content = bundle::as_bytes(newer_->names);
  }
  if (entry.kind == Kind::data) data_bytes_ += entry.content_bytes;
  for (const std::uint32_t index : cached_->dependencies(entry))
    record.dependencies.emplace_back(cached_->path(cached_->entry(index)));
  std::string path = record.path;
  records_.insert_or_assign(std::move(path), std::move(record));
}

bool Collector::offers_cached_bundle(const std::set<std::string>& manifest) const {
  for (std::uint32_t i = 0; cached_ != nullptr && i < cached_->size(); ++i) {
    const Entry& entry = cached_->entry(i);
    if (!manifest.contains(manifest_line(*cached_, entry))) return false;
    if (entry.kind == Kind::library && !is_complete(entry, manifest)) return false;
    if (entry.kind == Kind::source && entry.stamp == Stamp{}) return false;  // read in each run
  }
  return cached_ != nullptr;
}

// True when a link in the folder's path is another one than it was, or a new one.
bool Collector::has_moved(const std::string& folder, Freshness& freshness) const {
  const auto cached = cached_->find(folder);
  if (!cached || cached_->entry(*cached).kind != Kind::directory) return false;
  const std::string now = freshness.real_folder(folder);
  const std::string_view before = cached_->real_path(cached_->entry(*cached));
  // Of a folder that may be entered but not listed it is not known.
  return !now.empty() && !before.empty() && now != before;
}

bool Collector::is_unchanged(const Entry& entry, Freshness& freshness) const {
  if (entry.kind == Kind::missing_name) return true;
  const std::string path(cached_->path(entry));
  const bool is_folder = entry.kind == Kind::directory;
  if (has_moved(is_folder ? path : path.substr(0, path.rfind('/')), freshness)) return false;
  // Listed just now. Where files come all the time, asking again would find it changed again.
  if (newer_ != nullptr && newer_->path == path) return true;
  const std::optional<Stamp> now = freshness.stamp(path);
  return entry.kind == Kind::absent ? !now : now && *now == entry.stamp;
}

std::vector<std::string> Collector::reuse_unchanged(const std::set<std::string>& manifest,
                                                    Freshness& freshness) {
  std::vector<std::string> changed;
  for (std::uint32_t i = 0; cached_ != nullptr && i < cached_->size(); ++i) {
    const Entry& entry = cached_->entry(i);
    const std::string line = manifest_line(*cached_, entry);
    const bool is_wanted = manifest.contains(line);
    if (is_wanted && is_unchanged(entry, freshness) &&
        (entry.kind != Kind::library || is_complete(entry, manifest))) {
      reuse(entry);
      continue;
    }
    changed_ = true;
    if (is_wanted) changed.push_back(line);
  }
  return changed;
}

bool Collector::add_line(const std::string& line) {
  if (line.size() < 3 || line[1] != ' ') return false;
  const std::string path = line.substr(2);
  switch (line[0]) {
    case 'S': return add_source(path);
    case 'B': return add_bytecode(path);
    case 'L': return add_library(path);
    case 'F': return add_data(path);
    case 'D': return add_folder(path);
    case 'M': add_missing_name(path); return true;
    default: return false;
  }
}

void Collector::expect_line(const std::string& line) {
  if (line.size() < 3 || line[1] != ' ' || contains(line.substr(2))) return;
  const std::string path = line.substr(2);
  switch (line[0]) {
    case 'S': return expect_source(path);
    case 'L': return expect_library(path);
    default: return;
  }
}

void Collector::expect_data(const std::string& path, std::uint64_t most) {
  if (!contains(path)) reader_.expect(path, {most});
}

bool Collector::add_data(const std::string& path, std::uint64_t most) {
  if (contains(path)) return true;
  // A source that is read as data may be imported, too: one entry serves both.
  if (path.ends_with(".py") && add_source(path)) return true;
  most = std::min(most, data_total_limit - std::min(data_total_limit, data_bytes_));
  const std::optional<FileContent> file = reader_.read(path, {most});
  if (!file || file->stamp.size > most) return false;
  data_bytes_ += file->bytes.size();
  Record record;
  record.kind = Kind::data;
  record.path = path;
  record.stamp = file->stamp;
  record.content = bundle::as_bytes(file->bytes);
  record.real_path = file->real_path;
  return add(std::move(record));
}

bool Collector::add_folder(const std::string& path) {
  if (contains(path)) return true;
  std::optional<FolderListing> listing = list_folder(folders_.place_of(path));
  // What is below a file is no folder, but may be a part of an archive.
  if (!listing) return false;
  Record record;
  record.path = path;
  record.kind = listing->exists ? Kind::directory : Kind::absent;
  record.stamp = listing->stamp;
  record.content = bundle::as_bytes(keep(std::move(listing->names)));
  record.real_path = std::move(listing->real_path);
  return add(std::move(record));
}

void Collector::add_missing_name(const std::string& name) {
  if (contains(name)) return;
  Record record;
  record.kind = Kind::missing_name;
  record.path = name;
  add(std::move(record));
}

std::string_view Collector::code(const std::string& path) const {
  const auto found = records_.find(path);
  if (found == records_.end()) return {};
  const Kind kind = found->second.kind;
  if (kind != Kind::source && kind != Kind::bytecode) return {};
  const std::string_view code = bundle::as_text(found->second.content);
  return code.empty() && path == script_.path ? script_.code : code;
}

std::string_view Collector::library(const std::string& path) const {
  const auto found = records_.find(path);
  if (found == records_.end() || found->second.kind != Kind::library) return {};
  return bundle::as_text(found->second.content);
}

std::optional<std::string_view> Collector::listing(const std::string& path) const {
  const auto found = records_.find(path);
  if (found == records_.end()) return std::nullopt;
  const Record& record = found->second;
  const bool is_folder = record.kind == Kind::directory || record.kind == Kind::absent;
  return is_folder ? std::optional(bundle::as_text(record.content)) : std::nullopt;
}

void Collector::read_left_out_libraries() {
  std::vector<Record*> left_out;
  for (auto& [path, record] : records_)
    if (record.kind == Kind::library && record.content.empty() && !is_above_limit(record.stamp))
      left_out.push_back(&record);
  for (const Record* record : left_out) expect_library(record->path);
  for (Record* record : left_out) {
    const std::optional<FileContent> file = reader_.read(record->path, {library_size_limit_, true});
    if (file)
      record->content = bundle::as_bytes(file->bytes);
    else
      records_.erase(std::string(record->path));
  }
}

bundle::BundleBuffer Collector::build() {
  read_left_out_libraries();
  std::vector<Record> records;
  records.reserve(records_.size());
  for (auto& [path, record] : records_) records.push_back(std::move(record));
  records_.clear();
  return bundle::build(std::move(records), python_magic_, abi_tag_);
}

}  // namespace pylaunch::embed
