// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace slowfs {

// What a client may ask for. Those before `read` are metadata: they cost time on the server.
enum class Operation : std::size_t {
  lookup,
  getattr,
  setattr,
  readlink,
  open,
  create,
  opendir,
  readdir,
  mkdir,
  unlink,
  rmdir,
  rename,
  link,
  symlink,
  statfs,
  fsync,
  read,
  write,
  release,
  count
};

constexpr std::size_t operation_count = static_cast<std::size_t>(Operation::count);

constexpr bool is_metadata(Operation operation) { return operation < Operation::read; }

std::string_view name_of(Operation operation);

// Counts requests per process and operation. The MPI rank of a process is read from its
// environment, so that a snapshot speaks of ranks. Thread-safe.
class Statistics {
 public:
  void count(pid_t thread, Operation operation);
  void count_bytes_read(std::uint64_t bytes);
  void reset();

  // A JSON object, ending in a newline; `settings` is a JSON fragment put first.
  std::string to_json(const std::string& settings) const;

 private:
  static constexpr int no_rank = -1;

  struct Process {
    int rank = no_rank;
    std::string command;
    std::uint64_t requests = 0;
    std::array<std::uint64_t, operation_count> by_operation{};
  };

  Process& process_of(pid_t thread);

  mutable std::mutex mutex_;
  std::uint64_t bytes_read_ = 0;
  std::unordered_map<pid_t, pid_t> process_of_thread_;
  std::unordered_map<pid_t, Process> processes_;
};

}  // namespace slowfs
