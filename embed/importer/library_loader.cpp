// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/library_loader.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <unordered_map>

#include "embed/importer/file_memory.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/library_search.hpp"
#include "embed/loaded_libraries.hpp"

namespace pylaunch::embed {

using bundle::Entry;
using bundle::Kind;

namespace {

// By the paths of the bundle. Extension modules are never unloaded, nor are these.
std::unordered_map<std::string, void*>& opened_libraries() {
  static std::unordered_map<std::string, void*> opened;
  return opened;
}

// `path` is the entry's, perhaps in another spelling.
bool open_entry(const Entry& entry, const std::string& path, int flags) {
  FileMemory& memory = *file_memory();
  const std::string key(memory.view()->path(entry));
  const auto known = opened_libraries().find(key);
  if (known != opened_libraries().end()) {
    rename_library(known->second, path);
    return true;
  }
  void* handle = nullptr;
  if (entry.content_bytes == 0) {
    // Above the size limit.
    import_log().want('L', key);
    handle = dlopen(path.c_str(), flags);
  } else if (const char* in_memory = memory.library_path(entry)) {
    handle = open_library(in_memory, path, flags);
  }
  if (handle != nullptr) opened_libraries().emplace(key, handle);
  return handle != nullptr;
}

// A library of memory has no folder, so $ORIGIN leads nowhere. What ld.so would look for there is
// loaded before, in order; ld.so then finds it by its DT_SONAME. Of two libraries of one name, in
// the folders of two packages, it takes the one that came first.
bool open_with_dependencies(const Entry& library, const std::string& path, int flags) {
  const bundle::BundleView& view = *file_memory()->view();
  for (const std::uint32_t index : view.dependencies(library)) {
    const Entry& dependency = view.entry(index);
    const std::string_view soname = view.soname(dependency);
    if (!soname.empty() && is_loaded(soname)) continue;
    if (!open_entry(dependency, std::string(view.path(dependency)), RTLD_LAZY | RTLD_LOCAL))
      return false;
  }
  return open_entry(library, path, flags);
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
  if (library != nullptr && open_with_dependencies(*library, path, flags))
    return library->content_bytes != 0;
  import_log().want('L', normal);
  return false;
}

void preload_library(const char* path) {
  if (path == nullptr || path[0] != '/' || file_memory() == nullptr) return;
  const std::string_view text = path;
  if (text.starts_with("/proc/") || is_system_folder(std::string(text.substr(0, text.rfind('/')))))
    return;
  load_library(path, RTLD_NOW | RTLD_LOCAL);
}

}  // namespace pylaunch::embed
