// SPDX-License-Identifier: BSD-3-Clause
#include "embed/descriptor_path.hpp"

#include <unistd.h>

#include <climits>

namespace pylaunch::embed {

std::string link_of_descriptor(int descriptor) {
  return std::string("/proc/self/fd/").append(std::to_string(descriptor));
}

std::string path_of_descriptor(int descriptor) {
  char path[PATH_MAX];
  const ssize_t size = readlink(link_of_descriptor(descriptor).c_str(), path, sizeof path);
  return size > 0 && path[0] == '/' ? std::string(path, static_cast<std::size_t>(size)) : "";
}

}  // namespace pylaunch::embed
