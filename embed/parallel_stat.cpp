// SPDX-License-Identifier: BSD-3-Clause
#include "embed/parallel_stat.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "embed/stamp.hpp"

namespace pylaunch::embed {

namespace {

constexpr std::size_t threads_at_most = 16;
constexpr std::size_t files_per_thread = 8;  // below, a thread costs more than it saves

// A folder of the list and the range of paths directly in it.
struct Folder {
  std::string path;
  std::vector<std::size_t> files;
  int descriptor = -1;
};

// The folder of `path`, opened relative to its parent where that is open already.
int open_folder(const std::string& path, const std::map<std::string, Folder>& folders) {
  const auto slash = path.rfind('/');
  const auto parent = folders.find(path.substr(0, slash));
  const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  if (parent != folders.end() && parent->second.descriptor >= 0)
    return openat(parent->second.descriptor, path.c_str() + slash + 1, flags);
  return open(path.c_str(), flags);
}

std::optional<bundle::Stamp> stamp_at(const Folder& folder, const std::string& path) {
  struct stat status;
  const int result =
      folder.descriptor < 0
          ? stat(path.c_str(), &status)
          : fstatat(folder.descriptor, path.c_str() + folder.path.size() + 1, &status, 0);
  if (result != 0) return std::nullopt;
  return stamp_from(status);
}

std::map<std::string, Folder> group_by_folder(const std::vector<std::string>& paths) {
  std::map<std::string, Folder> folders;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string parent = paths[i].substr(0, paths[i].rfind('/'));
    Folder& folder = folders[parent];
    folder.path = parent;
    folder.files.push_back(i);
  }
  return folders;
}

}  // namespace

std::vector<std::optional<bundle::Stamp>> stat_all(const std::vector<std::string>& paths) {
  std::vector<std::optional<bundle::Stamp>> stamps(paths.size());
  std::map<std::string, Folder> folders = group_by_folder(paths);
  std::vector<std::pair<const Folder*, std::size_t>> work;
  for (auto& [path, folder] : folders) {
    if (folder.files.size() > 1) folder.descriptor = open_folder(path, folders);
    for (const std::size_t file : folder.files) work.emplace_back(&folder, file);
  }
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t i = next++; i < work.size(); i = next++)
      stamps[work[i].second] = stamp_at(*work[i].first, paths[work[i].second]);
  };
  std::vector<std::jthread> threads;
  const std::size_t count = std::min(threads_at_most, work.size() / files_per_thread);
  for (std::size_t i = 1; i < count; ++i) threads.emplace_back(run);
  run();
  threads.clear();
  for (const auto& [path, folder] : folders)
    if (folder.descriptor >= 0) close(folder.descriptor);
  return stamps;
}

}  // namespace pylaunch::embed
