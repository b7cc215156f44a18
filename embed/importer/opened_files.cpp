// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/opened_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <utility>

namespace pylaunch::embed {

OpenedFiles::OpenedFiles(std::vector<std::string> folders) {
  for (std::string& folder : folders) {
    while (folder.ends_with('/')) folder.pop_back();
    // Below the root directory there is everything.
    if (folder.starts_with('/')) folders_.push_back(std::move(folder) + "/");
  }
}

void OpenedFiles::note(std::string_view path) {
  std::string absolute(path);
  if (!path.starts_with('/')) {
    char directory[PATH_MAX];
    if (getcwd(directory, sizeof directory) == nullptr) return;
    absolute = std::string(directory) + "/" + absolute;
  }
  // Code is the importer's affair, which counts it as missed.
  if (absolute.ends_with(".pyc")) return;
  const bool is_below =
      absolute.find("/site-packages/") != absolute.npos ||
      std::ranges::any_of(folders_, [&](const auto& f) { return absolute.starts_with(f); });
  if (!is_below) return;
  const auto known = times_.find(absolute);
  if (known != times_.end())
    ++known->second;
  else if (times_.size() < files_counted)
    times_.emplace(std::move(absolute), 1);
}

std::vector<OpenedFiles::File> OpenedFiles::shortened(std::vector<File> files) {
  std::ranges::sort(files, [](const File& a, const File& b) {
    return a.times != b.times ? a.times > b.times : a.path < b.path;
  });
  if (files.size() > files_told) files.resize(files_told);
  return files;
}

}  // namespace pylaunch::embed
