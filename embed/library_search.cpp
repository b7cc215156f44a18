// SPDX-License-Identifier: BSD-3-Clause
#include "embed/library_search.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "embed/loaded_libraries.hpp"

namespace pylaunch::embed {

namespace {

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// `folder` has no links, so that a step up is what the text says.
std::string step_up(std::string folder, std::string_view rest) {
  while (folder.size() > 1 && (rest == "/.." || rest.starts_with("/../"))) {
    folder = folder_of(folder);
    rest.remove_prefix(3);
  }
  return folder + std::string(rest);
}

}  // namespace

std::string LibrarySearch::expand_origin(std::string folder, const std::string& path) {
  for (const std::string_view token : {"${ORIGIN}", "$ORIGIN"}) {
    const std::size_t at = folder.find(token);
    if (at == std::string::npos) continue;
    const std::string origin = folders_.real_folder(folder_of(path));
    if (at == 0) return step_up(origin, std::string_view(folder).substr(token.size()));
    folder.replace(at, token.size(), origin);
  }
  return folder;
}

std::vector<std::string> LibrarySearch::folders_handed_down(
    const std::string& path, const SharedObject& object,
    const std::vector<std::string>& from_above) {
  std::vector<std::string> folders;
  if (object.runpath.empty())
    for (const std::string& folder : object.rpath) folders.push_back(expand_origin(folder, path));
  folders.insert(folders.end(), from_above.begin(), from_above.end());
  return folders;
}

std::vector<std::string> LibrarySearch::search_order(const std::string& path,
                                                     const SharedObject& object,
                                                     const std::vector<std::string>& from_above) {
  std::vector<std::string> folders;
  if (object.runpath.empty()) folders = folders_handed_down(path, object, from_above);
  if (const char* from_environment = std::getenv("LD_LIBRARY_PATH"))
    for (const std::string& folder : split_path(from_environment))
      folders.push_back(expand_origin(folder, path));
  for (const std::string& folder : object.runpath) folders.push_back(expand_origin(folder, path));
  return folders;
}

// `/x/y/../z.so` and `/x/z.so` are one library: it may be broadcast, and loaded, only once.
const std::string& LibrarySearch::locate(const std::string& candidate) {
  const auto known = located_.find(candidate);
  if (known != located_.end()) return known->second;
  return located_.emplace(candidate, folders_.readable_path(candidate)).first->second;
}

std::vector<std::string> LibrarySearch::find_dependencies(
    const std::string& path, const SharedObject& object,
    const std::vector<std::string>& from_above) {
  std::vector<std::string> found;
  const std::vector<std::string> folders = search_order(path, object, from_above);
  for (const std::string& name : object.needed) {
    if (name.find('/') != std::string::npos || is_loaded(name)) continue;
    for (const std::string& folder : folders) {
      const std::string& library = locate(folder + "/" + name);
      if (library.empty()) continue;
      if (!is_system_folder(folder)) found.push_back(library);
      break;
    }
  }
  return found;
}

bool is_system_folder(const std::string& folder) {
  constexpr std::array<std::string_view, 4> roots = {"/lib", "/lib64", "/usr/lib", "/usr/lib64"};
  return std::ranges::any_of(roots, [&folder](std::string_view root) {
    const std::string multiarch = std::string(root) + "/x86_64-linux-gnu";
    return folder == root || folder == multiarch;
  });
}

}  // namespace pylaunch::embed
