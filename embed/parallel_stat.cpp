// SPDX-License-Identifier: BSD-3-Clause
#include "embed/parallel_stat.hpp"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

#include "embed/open_folders.hpp"
#include "embed/stamp.hpp"

namespace pylaunch::embed {

namespace {

constexpr std::size_t threads_at_most = 16;
constexpr std::size_t files_per_thread = 8;  // below, a thread costs more than it saves

}  // namespace

FileStatuses stat_all(const std::vector<std::string>& paths) {
  FileStatuses statuses;
  statuses.stamps.resize(paths.size());
  OpenFolders folders;
  std::vector<OpenFolders::Place> places;
  places.reserve(paths.size());
  for (const std::string& path : paths) places.push_back(folders.place_of(path));
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t i = next++; i < places.size(); i = next++)
      statuses.stamps[i] = stamp_of(places[i]);
  };
  std::vector<std::jthread> threads;
  const std::size_t count = std::min(threads_at_most, places.size() / files_per_thread);
  try {
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back(run);
  } catch (const std::system_error&) {
    // There are no more to be had (ulimit -u, -v): those that there are do it.
  }
  run();
  threads.clear();  // joins
  statuses.real_folders = folders.real_folders();
  return statuses;
}

}  // namespace pylaunch::embed
