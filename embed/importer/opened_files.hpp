// SPDX-License-Identifier: BSD-3-Clause
//
// Counts what the program opens itself for reading, below the folders that Python code and its data
// come from: what no broadcast spares the file system, and the report names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace pylaunch::embed {

class OpenedFiles {
 public:
  // Only files below these folders, and below any site-packages, are counted.
  explicit OpenedFiles(std::vector<std::string> folders);

  // Called for every file that Python opens: cheap, never throws but for want of memory.
  void note(std::string_view path);

  struct File {
    std::string path;
    std::uint64_t times = 0;
  };
  // Those opened most often, at most files_told, without the ones that `skip` is true for.
  template <typename Predicate>
  std::vector<File> most_opened(Predicate&& skip) const {
    std::vector<File> files;
    for (const auto& [path, times] : times_)
      if (!skip(path)) files.push_back({path, times});
    return shortened(std::move(files));
  }

 private:
  static std::vector<File> shortened(std::vector<File> files);

  std::vector<std::string> folders_;
  std::unordered_map<std::string, std::uint64_t> times_;
};

// Per rank, because rank 0 gathers them from all: enough to see what a program does, and a few
// kilobytes from each rank.
inline constexpr std::size_t files_told = 50;
// Per process: a program that opens a million files should not keep a million names.
inline constexpr std::size_t files_counted = 10'000;

}  // namespace pylaunch::embed
