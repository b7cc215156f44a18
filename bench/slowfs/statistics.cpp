// SPDX-License-Identifier: BSD-3-Clause
#include "statistics.hpp"

#include <bit>
#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

namespace slowfs {
namespace {

constexpr std::array<std::string_view, operation_count> operation_names = {
    "lookup", "getattr", "setattr", "readlink", "open",   "create", "opendir",
    "readdir", "mkdir",  "unlink",  "rmdir",    "rename", "link",   "symlink",
    "statfs",  "fsync",  "read",    "write",    "release"};

// The variables by which Hydra, PMIx, Open MPI and Slurm tell a process its rank.
constexpr std::array<std::string_view, 4> rank_variables = {"PMI_RANK=", "PMIX_RANK=",
                                                            "OMPI_COMM_WORLD_RANK=",
                                                            "SLURM_PROCID="};

std::string read_proc(pid_t pid, const char* leaf) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + leaf, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

int parse_int(std::string_view text, int fallback) {
  int value = fallback;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

int read_rank(pid_t pid, int fallback) {
  const std::string environment = read_proc(pid, "environ");
  for (const auto variable : rank_variables) {
    std::size_t at = 0;
    while (at < environment.size()) {
      const std::string_view entry(environment.c_str() + at);
      if (entry.starts_with(variable)) {
        return parse_int(entry.substr(variable.size()), fallback);
      }
      at += entry.size() + 1;
    }
  }
  return fallback;
}

// FUSE names the thread that asked; a process with several threads is one client.
pid_t read_process_id(pid_t thread) {
  const std::string status = read_proc(thread, "status");
  constexpr std::string_view key = "\nTgid:\t";
  const auto at = status.find(key);
  return at == std::string::npos ? thread
                                 : parse_int(std::string_view(status).substr(at + key.size()),
                                             thread);
}

std::string read_command(pid_t pid) {
  std::string command = read_proc(pid, "comm");
  std::erase_if(command, [](unsigned char c) { return c < ' ' || c == '"' || c == '\\'; });
  return command;
}

void append_operations(std::ostream& out,
                       const std::array<std::uint64_t, operation_count>& counts) {
  out << '{';
  const char* separator = "";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) {
      out << separator << '"' << operation_names[i] << "\": " << counts[i];
      separator = ", ";
    }
  }
  out << '}';
}

std::uint64_t metadata_of(const std::array<std::uint64_t, operation_count>& counts) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    sum += is_metadata(static_cast<Operation>(i)) ? counts[i] : 0;
  }
  return sum;
}

}  // namespace

std::string_view name_of(Operation operation) {
  return operation_names[static_cast<std::size_t>(operation)];
}

Statistics::Process& Statistics::process_of(pid_t thread) {
  auto known = process_of_thread_.find(thread);
  if (known == process_of_thread_.end()) {
    known = process_of_thread_.emplace(thread, read_process_id(thread)).first;
  }
  Process& process = processes_[known->second];
  // A process between fork and exec still has its parent's environment and name: look again
  // at the 1st, 2nd, 4th, 8th … request until a rank is known.
  if (process.rank == no_rank && std::has_single_bit(process.requests + 1)) {
    process.rank = read_rank(known->second, no_rank);
    process.command = read_command(known->second);
  }
  return process;
}

void Statistics::count(pid_t thread, Operation operation) {
  if (thread == 0) {  // the kernel's own requests, such as a release after the process ended
    return;
  }
  const std::lock_guard lock(mutex_);
  Process& process = process_of(thread);
  ++process.requests;
  ++process.by_operation[static_cast<std::size_t>(operation)];
}

void Statistics::count_bytes_read(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_read_ += bytes;
}

void Statistics::reset() {
  const std::lock_guard lock(mutex_);
  bytes_read_ = 0;
  process_of_thread_.clear();
  processes_.clear();
}

std::string Statistics::to_json(const std::string& settings) const {
  const std::lock_guard lock(mutex_);
  std::array<std::uint64_t, operation_count> total{};
  std::map<int, std::uint64_t> metadata_by_rank;
  std::ostringstream processes;
  const char* separator = "";
  for (const auto& [pid, process] : processes_) {
    for (std::size_t i = 0; i < total.size(); ++i) {
      total[i] += process.by_operation[i];
    }
    metadata_by_rank[process.rank] += metadata_of(process.by_operation);
    processes << separator << "\n    {\"pid\": " << pid << ", \"rank\": " << process.rank
              << ", \"command\": \"" << process.command
              << "\", \"metadata\": " << metadata_of(process.by_operation)
              << ", \"operations\": ";
    append_operations(processes, process.by_operation);
    processes << '}';
    separator = ",";
  }

  std::ostringstream out;
  out << "{\n  " << settings << ",\n  \"metadata\": " << metadata_of(total)
      << ",\n  \"operations\": ";
  append_operations(out, total);
  out << ",\n  \"bytes_read\": " << bytes_read_ << ",\n  \"metadata_by_rank\": {";
  separator = "";
  for (const auto& [rank, metadata] : metadata_by_rank) {
    out << separator << '"' << rank << "\": " << metadata;
    separator = ", ";
  }
  out << "},\n  \"processes\": [" << processes.str() << "\n  ]\n}\n";
  return out.str();
}

}  // namespace slowfs
