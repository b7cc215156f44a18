// SPDX-License-Identifier: BSD-3-Clause
//
// The collector's shared objects: each is a record, and lists what is to be loaded before it.
#include <algorithm>
#include <utility>

#include "embed/bytecode.hpp"
#include "embed/collector.hpp"
#include "embed/read_file.hpp"

namespace pylaunch::embed {

using bundle::Entry;
using bundle::Kind;
using bundle::Record;
using bundle::Stamp;

bool Collector::add_library(const std::string& path) {
  if (contains(path)) return true;
  if (!read_library(path)) return false;
  add_dependencies(records_.at(path), path, {});
  return true;
}

void Collector::expect_library(const std::string& path) {
  reader_.expect(path, {library_size_limit_, true});
}

// A library above the limit is a record without content: what has to come before it, and that it
// has to come from its file before others, is known nevertheless.
bool Collector::read_library(const std::string& path) {
  const std::optional<FileContent> file = reader_.read(path, {library_size_limit_, true});
  if (!file) return false;
  Record record;
  record.kind = Kind::library;
  record.path = path;
  record.stamp = file->stamp;
  record.real_path = file->real_path;
  std::optional<SharedObject> object =
      is_above_limit(file->stamp) ? read_shared_object_file(path) : read_shared_object(file->bytes);
  record.content = bundle::as_bytes(file->bytes);  // empty above the limit
  if (!object) return false;
  record.soname = object->soname;
  shared_objects_.insert_or_assign(path, std::move(*object));
  return add(std::move(record));
}

const SharedObject& Collector::shared_object(const Record& library) {
  const auto known = shared_objects_.find(library.path);
  if (known != shared_objects_.end()) return known->second;
  std::optional<SharedObject> object = library.content.empty()
                                           ? read_shared_object_file(library.path)
                                           : read_shared_object(bundle::as_text(library.content));
  return shared_objects_[library.path] = object.value_or(SharedObject{});
}

// Dependencies of dependencies first: the order in which they are to be loaded. They are looked for
// anew for each library that is not needed by others, since what ld.so finds depends on that one's
// DT_RPATH, too.
void Collector::add_dependencies(Record& library, const std::string& of,
                                 const std::vector<std::string>& from_above) {
  const SharedObject object = shared_object(records_.at(of));
  for (const std::string& path : library_search_.find_dependencies(of, object, from_above)) {
    if (path == library.path || std::ranges::count(library.dependencies, path) != 0) continue;
    if (!add_library(path) || records_.at(path).kind != Kind::library) continue;
    // Its place is taken first, so that libraries that need one another come to an end.
    library.dependencies.push_back(path);
    add_dependencies(library, path, library_search_.folders_handed_down(of, object, from_above));
    std::erase(library.dependencies, path);
    library.dependencies.push_back(path);
  }
}

// A cached library serves if the limit has not moved past it, and if what it needs comes along.
bool Collector::is_complete(const Entry& library, const std::set<std::string>& manifest) const {
  if ((library.content_bytes == 0) != is_above_limit(library.stamp)) return false;
  return std::ranges::all_of(cached_->dependencies(library), [&](std::uint32_t index) {
    return manifest.contains(manifest_line(*cached_, cached_->entry(index)));
  });
}

}  // namespace pylaunch::embed
