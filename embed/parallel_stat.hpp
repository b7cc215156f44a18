// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bundle/format.hpp"

namespace pylaunch::embed {

struct FileStatuses {
  std::vector<std::optional<bundle::Stamp>>
      stamps;                                       // in the order of the paths; nullopt: not there
  std::map<std::string, std::string> real_folders;  // of the folders that the paths lie in
};

// Of many files, with many requests in flight: on a shared file system the time is in waiting for
// answers.
FileStatuses stat_all(const std::vector<std::string>& paths);

}  // namespace pylaunch::embed
