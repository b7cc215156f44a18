// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/library_loader.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

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

// `path` is the entry's, perhaps in another spelling.
Opened open_entry(const Entry& entry, const std::string& path, int flags, bool only_from_file) {
  FileMemory& memory = *file_memory();
  const Opened before = rename_opened(entry.stamp, path);
  if (before != Opened::no) return before;
  const bool from_file = only_from_file || entry.content_bytes == 0;  // 0: above the size limit
  void* handle = nullptr;
  if (from_file) {
    import_log().want('L', std::string(memory.view()->path(entry)));
    handle = dlopen(path.c_str(), flags);
  } else if (const char* in_memory = memory.library_path(entry)) {
    handle = open_library(in_memory, path, flags);
  }
  if (handle == nullptr) return Opened::no;
  const Opened opened = from_file ? Opened::from_file : Opened::from_memory;
  opened_libraries().emplace(entry.stamp, OpenedLibrary{&entry, handle, opened});
  return opened;
}

// A library of memory has no folder, so $ORIGIN leads nowhere. What ld.so would look for there is
// loaded before, in order; ld.so then finds it by its DT_SONAME. Of two libraries of one name, in
// the folders of two packages, it takes the one that came first.
//
// Some cannot be loaded alone: they use symbols of libraries that they do not name, and get them
// from what names both, as torch's for NVSHMEM do. ld.so has to load those together with what needs
// them, and so that comes from its file, whose $ORIGIN leads there.
Opened open_with_dependencies(const Entry& library, const std::string& path, int flags) {
  const bundle::BundleView& view = *file_memory()->view();
  std::set<std::uint32_t> not_alone;
  const auto is_missing = [&](std::uint32_t index) {
    return not_alone.contains(index) && !is_loaded(view.soname(view.entry(index)));
  };
  const auto needs_file = [&](const Entry& entry) {
    return std::ranges::any_of(view.dependencies(entry), is_missing);
  };
  for (const std::uint32_t index : view.dependencies(library)) {
    const Entry& dependency = view.entry(index);
    const std::string_view soname = view.soname(dependency);
    if (!soname.empty() && is_loaded(soname)) continue;
    const std::string true_path(view.path(dependency));
    const int alone = RTLD_LAZY | RTLD_LOCAL;
    if (open_entry(dependency, true_path, alone, needs_file(dependency)) != Opened::no) continue;
    import_log().want('L', true_path);
    not_alone.insert(index);
  }
  return open_entry(library, path, flags, needs_file(library));
}

// What it needs belongs into the manifest with it, whoever loads that.
const Entry* use_library(const std::string& path) {
  FileMemory& memory = *file_memory();
  const Entry* library = memory.peek(path, Kind::library);
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
