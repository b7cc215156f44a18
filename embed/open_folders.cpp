// SPDX-License-Identifier: BSD-3-Clause
#include "embed/open_folders.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "embed/descriptor_path.hpp"

namespace pylaunch::embed {

namespace {

// The upper half of the numbers is for the launcher's files in memory, and some of the lower for
// what is opened meanwhile.
std::size_t most_open() {
  constexpr rlim_t others = 64;
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  return std::clamp<rlim_t>(limit.rlim_cur / 2, others + 16, 4096 + others) - others;
}

}  // namespace

OpenFolders::OpenFolders() : most_open_(most_open()) {}

OpenFolders::~OpenFolders() {
  for (const auto& [path, descriptor] : descriptors_)
    if (descriptor >= 0) close(descriptor);
}

int OpenFolders::folder(const std::string& path) {
  const auto known = descriptors_.find(path);
  if (known != descriptors_.end()) return known->second;
  if (descriptors_.size() >= most_open_) return -1;
  const Place place = place_of(path);
  const int descriptor = openat(place.folder, place.name, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return descriptors_.emplace(path, descriptor).first->second;
}

OpenFolders::Place OpenFolders::place_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos || slash == 0 || slash + 1 == path.size()) return {AT_FDCWD, path.c_str()};
  const int above = folder(path.substr(0, slash));
  if (above < 0) return {AT_FDCWD, path.c_str()};
  return {above, path.c_str() + slash + 1};
}

std::string OpenFolders::readable_path(const std::string& path) {
  const Place place = place_of(path);
  const int descriptor = openat(place.folder, place.name, O_PATH | O_CLOEXEC);
  if (descriptor < 0) return {};
  const bool is_readable = access(link_of_descriptor(descriptor).c_str(), R_OK) == 0;
  std::string result = is_readable ? path_of_descriptor(descriptor) : "";
  close(descriptor);
  return result;
}

std::string OpenFolders::real_folder(const std::string& path) {
  const int descriptor = folder(path);
  const std::string real = descriptor >= 0 ? path_of_descriptor(descriptor) : "";
  return real.empty() ? path : real;
}

std::map<std::string, std::string> OpenFolders::real_folders() const {
  std::map<std::string, std::string> real;
  for (const auto& [path, descriptor] : descriptors_)
    if (descriptor >= 0) real.emplace(path, path_of_descriptor(descriptor));
  return real;
}

}  // namespace pylaunch::embed
