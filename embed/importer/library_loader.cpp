// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/library_loader.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "bundle/library_group.hpp"
#include "bundle/named_library.hpp"
#include "embed/importer/file_memory.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/library_search.hpp"
#include "embed/loaded_libraries.hpp"
#include "embed/stamp.hpp"

namespace pylaunch::embed {

using bundle::Entry;
using bundle::Kind;
using bundle::open_library;
using bundle::rename_library;

namespace {

enum class Opened { no, from_file, from_memory };

struct OpenedLibrary {
  const Entry* entry;
  void* handle;
  Opened opened;
};

// By their files, as ld.so knows them: two paths, through symbolic links, say, may lead to one.
// Extension modules are never unloaded, nor are these.
std::map<bundle::Stamp, OpenedLibrary>& opened_libraries() {
  static std::map<bundle::Stamp, OpenedLibrary> opened;
  return opened;
}

// If it is open, it goes by this path from now on.
Opened rename_opened(const bundle::Stamp& stamp, const std::string& path) {
  const auto known = opened_libraries().find(stamp);
  if (known == opened_libraries().end()) return Opened::no;
  rename_library(known->second.handle, path);
  return known->second.opened;
}

// The path to dlopen; empty when there is none. `path` is the entry's, perhaps in another spelling.
std::string file_to_open(const Entry& entry, const std::string& path) {
  if (entry.content_bytes == 0) {  // above the size limit
    import_log().want('L', std::string(file_memory()->view()->path(entry)));
    return path;
  }
  const char* in_memory = file_memory()->library_path(entry);
  return in_memory != nullptr ? in_memory : "";
}

Opened note_opened(const Entry& entry, void* handle) {
  if (handle == nullptr) return Opened::no;
  const Opened opened = entry.content_bytes == 0 ? Opened::from_file : Opened::from_memory;
  opened_libraries().emplace(entry.stamp, OpenedLibrary{&entry, handle, opened});
  return opened;
}

Opened open_entry(const Entry& entry, const std::string& path, int flags) {
  const std::string file = file_to_open(entry, path);
  return note_opened(entry, file.empty() ? nullptr : open_library(file.c_str(), path, flags));
}

// `dependencies` in loading order.
Opened open_together(const Entry& library, const std::string& path,
                     const std::vector<const Entry*>& dependencies, int flags) {
  std::vector<const Entry*> entries = {&library};
  std::vector<bundle::GroupMember> members = {{file_to_open(library, path), path}};
  // As ld.so would meet them.
  for (auto entry = dependencies.rbegin(); entry != dependencies.rend(); ++entry) {
    const std::string true_path(file_memory()->view()->path(**entry));
    entries.push_back(*entry);
    members.push_back({file_to_open(**entry, true_path), true_path});
  }
  if (std::ranges::count(members, "", &bundle::GroupMember::file) != 0) return Opened::no;
  const std::vector<void*> handles = bundle::open_group(members, flags);
  for (std::size_t i = 0; i < handles.size(); ++i) note_opened(*entries[i], handles[i]);
  return handles.empty() ? Opened::no : opened_libraries().at(library.stamp).opened;
}

// A library of memory has no folder, so $ORIGIN leads nowhere. What ld.so would look for there is
// loaded before, in order; ld.so then finds it by its DT_SONAME. Of two libraries of one name, in
// the folders of two packages, it takes the one that came first.
//
// Some cannot be loaded alone: they use symbols of libraries that they do not name, and get them
// from what names both, as torch's for NVSHMEM do. They are loaded together with what needs them.
Opened open_with_dependencies(const Entry& library, const std::string& path, int flags) {
  const Opened before = rename_opened(library.stamp, path);
  if (before != Opened::no) return before;
  const bundle::BundleView& view = *file_memory()->view();
  std::vector<const Entry*> not_alone;
  const auto is_missing = [&](std::uint32_t index) {
    return std::ranges::count(not_alone, &view.entry(index)) != 0;
  };
  for (const std::uint32_t index : view.dependencies(library)) {
    const Entry& dependency = view.entry(index);
    const std::string_view soname = view.soname(dependency);
    if (!soname.empty() && is_loaded(soname)) continue;
    const std::string true_path(view.path(dependency));
    if (rename_opened(dependency.stamp, true_path) != Opened::no) continue;
    const bool is_alone = std::ranges::none_of(view.dependencies(dependency), is_missing);
    if (!is_alone || open_entry(dependency, true_path, RTLD_LAZY | RTLD_LOCAL) == Opened::no)
      not_alone.push_back(&dependency);
  }
  return not_alone.empty() ? open_entry(library, path, flags)
                           : open_together(library, path, not_alone, flags);
}

// What it needs belongs into the manifest with it, whoever loads that.
const Entry* use_library(const std::string& path) {
  FileMemory& memory = *file_memory();
  const Entry* library = memory.shared_object(path);
  if (library == nullptr) return nullptr;
  memory.mark_used(*library);
  for (const std::uint32_t index : memory.view()->dependencies(*library))
    memory.mark_used(memory.view()->entry(index));
  return library;
}

}  // namespace

bool load_library(const std::string& path, int flags) {
  const std::string normal = std::filesystem::path(path).lexically_normal();
  const Entry* library = use_library(normal);
  // A rank that is alone has no copies in memory: then the file is not missing, only where it was.
  const bool is_alone = library != nullptr && library->content_bytes != 0 &&
                        file_memory()->library_path(*library) == nullptr;
  if (is_alone) return false;
  const Opened opened =
      library != nullptr ? open_with_dependencies(*library, path, flags) : Opened::no;
  if (opened != Opened::no) return opened == Opened::from_memory;
  import_log().want('L', normal);
  return false;
}

void preload_library(const char* path) {
  if (path == nullptr || path[0] != '/' || file_memory() == nullptr) return;
  const std::string_view text = path;
  if (text.starts_with("/proc/") || is_system_folder(std::string(text.substr(0, text.rfind('/')))))
    return;
  const std::string normal = std::filesystem::path(text).lexically_normal();
  if (file_memory()->peek(normal, Kind::library) == nullptr && !opened_libraries().empty()) {
    const std::optional<bundle::Stamp> stamp = stamp_of(normal);
    if (stamp && rename_opened(*stamp, path) != Opened::no) return;
  }
  load_library(path, RTLD_NOW | RTLD_LOCAL);
}

std::vector<std::string_view> libraries_from_memory() {
  std::vector<std::string_view> paths;
  for (const auto& [stamp, library] : opened_libraries())
    if (library.opened == Opened::from_memory)
      paths.push_back(file_memory()->view()->path(*library.entry));
  return paths;
}

}  // namespace pylaunch::embed
