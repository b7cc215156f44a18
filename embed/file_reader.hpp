// SPDX-License-Identifier: BSD-3-Clause
//
// Reads files, and before that many of them at once in threads: a network file system answers many
// requests in the time that it takes for one.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "embed/open_folders.hpp"
#include "embed/read_file.hpp"
#include "embed/read_memory.hpp"

namespace pylaunch::embed {

class FileReader {
 public:
  // The folders must stay open as long as the reader lives.
  explicit FileReader(OpenFolders& folders) : folders_(folders) {}
  ~FileReader();  // waits for what is being read; what is not begun is given up
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  // From now on in the background, if it is not on its way already.
  void expect(const std::string& path, const Wanted& wanted = {});

  // As read_file(); the bytes live as long as the reader. What was expected is handed out once.
  std::optional<FileContent> read(const std::string& path, const Wanted& wanted = {});

 private:
  using Result = std::optional<FileContent>;
  struct Task {
    int folder;
    std::string name;
    Wanted wanted;
    std::promise<Result> result;
  };
  bool has_threads();
  void work();

  OpenFolders& folders_;
  ReadMemory memory_;
  std::map<std::string, std::future<Result>> coming_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool ends_ = false;
  std::vector<std::jthread> threads_;
  bool is_without_threads_ = false;  // none is to be had: files are read when they are needed
};

}  // namespace pylaunch::embed
