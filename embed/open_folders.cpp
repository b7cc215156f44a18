// SPDX-License-Identifier: BSD-3-Clause
#include "embed/open_folders.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace pylaunch::embed {

namespace {

// The program has descriptors of its own to open, meanwhile and in other threads.
constexpr std::size_t most_open = 256;

}  // namespace

OpenFolders::~OpenFolders() {
  for (const auto& [path, descriptor] : descriptors_)
    if (descriptor >= 0) close(descriptor);
}

int OpenFolders::folder(const std::string& path) {
  const auto known = descriptors_.find(path);
  if (known != descriptors_.end()) return known->second;
  if (descriptors_.size() >= most_open) return -1;
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

int OpenFolders::open_file(const std::string& path) {
  const Place place = place_of(path);
  // Not to wait for a pipe that has the name of a module.
  return openat(place.folder, place.name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

}  // namespace pylaunch::embed
