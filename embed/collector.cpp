// SPDX-License-Identifier: BSD-3-Clause
#include "embed/collector.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "embed/bytecode.hpp"
#include "embed/listing.hpp"
#include "embed/program.hpp"
#include "embed/read_file.hpp"
#include "embed/stamp.hpp"

namespace pylaunch::embed {

using bundle::Entry;
using bundle::Kind;
using bundle::Record;
using bundle::Stamp;

std::string manifest_line(const bundle::BundleView& view, const Entry& entry) {
  return std::string(1, bundle::manifest_letter(entry.kind)) + " " + std::string(view.path(entry));
}

namespace {

NameKind kind_of(const std::string& folder, const dirent& entry) {
  if (entry.d_type == DT_DIR) return NameKind::folder;
  if (entry.d_type == DT_REG) return NameKind::file;
  struct stat status;
  if (stat((folder + "/" + entry.d_name).c_str(), &status) != 0) return NameKind::other;
  if (S_ISDIR(status.st_mode)) return NameKind::folder;
  return S_ISREG(status.st_mode) ? NameKind::file : NameKind::other;
}

// A sorted listing; links count as what they point to.
std::string list_folder(const std::string& path, const OpenFolders::Place& place) {
  std::vector<std::pair<std::string, NameKind>> names;
  const int descriptor = openat(place.folder, place.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* folder = descriptor < 0 ? nullptr : fdopendir(descriptor);
  if (folder == nullptr) {
    if (descriptor >= 0) close(descriptor);
    return {};
  }
  while (const dirent* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    names.emplace_back(name, kind_of(path, *entry));
  }
  closedir(folder);
  std::ranges::sort(names);
  std::string listing;
  for (const auto& [name, kind] : names) append_name(listing, name, kind);
  return listing;
}

}  // namespace

Collector::Collector(const bundle::BundleView* cached, std::uint32_t python_magic,
                     std::string abi_tag, std::uint64_t library_size_limit)
    : cached_(cached),
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

bool Collector::is_unchanged(const Entry& entry, Freshness& freshness) const {
  if (entry.kind == Kind::missing_name) return true;
  const std::optional<Stamp> now = freshness.stamp(std::string(cached_->path(entry)));
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

bool Collector::add_source(const std::string& path) {
  if (contains(path)) return true;
  std::optional<FileContent> file = read_file_with_stamp(path, folders_);
  if (!file) return false;
  std::optional<Bytecode> bytecode = read_cached_bytecode(path, file->stamp, file->bytes, folders_);
  if (!bytecode) {
    std::optional<std::string> code = compile_module(file->bytes, path);
    if (!code) return false;
    bytecode = Bytecode{std::move(*code), false};
  }
  Record record;
  record.kind = Kind::source;
  record.path = path;
  // A zero stamp never matches: an unchecked .pyc is looked at in each run.
  record.stamp = bytecode->unchecked ? Stamp{} : file->stamp;
  record.source = keep(std::move(file->bytes));
  record.content = bundle::as_bytes(keep(std::move(bytecode->code)));
  // Without its listing, finding the package would ask the file system.
  if (path.ends_with("/__init__.py")) add_folder(path.substr(0, path.rfind('/')));
  return add(std::move(record));
}

bool Collector::add_script(const std::string& path, bool skip_first_line) {
  if (contains(path)) return true;
  // Not opened when it is no regular file, as a pipe: run_program() reads that.
  const std::optional<Stamp> stamp = stamp_of(path);
  std::optional<FileContent> file = stamp ? read_file_with_stamp(path, folders_) : std::nullopt;
  if (!file) return true;
  std::optional<std::string> code = compile_program(file->bytes, path, skip_first_line);
  if (!code) return false;
  Record record;
  record.kind = Kind::source;
  record.path = path;
  record.stamp = file->stamp;
  record.source = keep(std::move(file->bytes));
  record.content = bundle::as_bytes(keep(std::move(*code)));
  return add(std::move(record));
}

bool Collector::add_bytecode(const std::string& path) {
  if (contains(path)) return true;
  const std::optional<FileContent> file = read_file_with_stamp(path, folders_);
  std::optional<std::string> code = file ? code_in_pyc(file->bytes) : std::nullopt;
  if (!code) return false;
  Record record;
  record.kind = Kind::bytecode;
  record.path = path;
  record.stamp = file->stamp;
  record.content = bundle::as_bytes(keep(std::move(*code)));
  return add(std::move(record));
}

bool Collector::add_data(const std::string& path) {
  if (contains(path)) return true;
  // A source that is read as data may be imported, too: one entry serves both.
  if (path.ends_with(".py") && add_source(path)) return true;
  const std::optional<Stamp> stamp = stamp_of(folders_.place_of(path));
  if (!stamp || stamp->size > data_size_limit || data_bytes_ + stamp->size > data_total_limit)
    return false;
  std::optional<std::string> bytes = read_file(path, folders_);
  if (!bytes) return false;
  data_bytes_ += bytes->size();
  Record record;
  record.kind = Kind::data;
  record.path = path;
  record.stamp = *stamp;
  record.content = bundle::as_bytes(keep(std::move(*bytes)));
  return add(std::move(record));
}

bool Collector::add_folder(const std::string& path) {
  if (contains(path)) return true;
  struct stat status;
  Record record;
  record.path = path;
  record.kind = Kind::absent;
  const OpenFolders::Place place = folders_.place_of(path);
  if (fstatat(place.folder, place.name, &status, 0) != 0) {
    // What is below a file is no folder, but may be a part of an archive.
    if (errno != ENOENT) return false;
  } else {
    if (!S_ISDIR(status.st_mode)) return false;
    // The stamp is taken first: what is added meanwhile makes the listing stale, not wrong.
    record.kind = Kind::directory;
    record.stamp = stamp_from(status);
    record.content = bundle::as_bytes(keep(list_folder(path, place)));
  }
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
  return bundle::as_text(found->second.content);
}

std::string_view Collector::library(const std::string& path) const {
  const auto found = records_.find(path);
  if (found == records_.end() || found->second.kind != Kind::library) return {};
  return bundle::as_text(found->second.content);
}

void Collector::read_left_out_libraries() {
  for (auto next = records_.begin(); next != records_.end();) {
    const auto position = next++;
    Record& record = position->second;
    const bool is_left_out =
        record.kind == Kind::library && record.content.empty() && !is_above_limit(record.stamp);
    if (!is_left_out) continue;
    std::optional<std::string> bytes = read_file(record.path, folders_);
    if (bytes)
      record.content = bundle::as_bytes(keep(std::move(*bytes)));
    else
      records_.erase(position);
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
