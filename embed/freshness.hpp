// SPDX-License-Identifier: BSD-3-Clause
//
// Whether the files of a manifest are still what they were. A shared file system takes its time to
// answer for hundreds of files, so they are asked for in the background.
#pragma once

#include <future>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bundle/format.hpp"
#include "embed/parallel_stat.hpp"

namespace pylaunch::embed {

class Freshness {
 public:
  // Begins to ask for the files and folders of the manifest's lines.
  explicit Freshness(const std::set<std::string>& manifest);
  Freshness(const Freshness&) = delete;
  Freshness& operator=(const Freshness&) = delete;

  // Waits for the answers. nullopt: does not exist, or the manifest does not name it.
  std::optional<bundle::Stamp> stamp(const std::string& path);

  // What the path of a folder leads to, links followed. Empty: not known, as of a folder that has
  // nothing of the manifest in it.
  std::string real_folder(const std::string& path);

 private:
  const FileStatuses& answers();

  std::vector<std::string> paths_;  // sorted
  std::future<FileStatuses> coming_;
  FileStatuses answers_;
};

}  // namespace pylaunch::embed
