// SPDX-License-Identifier: BSD-3-Clause
//
// Prints: the job's record as a table for people, or as JSON with everything in it.
#pragma once

#include <cstdio>
#include <memory>
#include <set>
#include <string>

#include "launcher/job_record.hpp"
#include "launcher/options.hpp"

namespace pylaunch {

// What a report says besides the measurements.
struct JobFacts {
  std::string program;
  std::string python;  // executable and version
  std::string mpi;     // name and version of the library
  int nodes = 1;
  std::uint64_t broadcast_bytes = 0;
  std::uint64_t bundle_files = 0;
  bool first_run = false;
  bool is_broadcast = true;
  std::set<std::string> large_libraries;  // manifest lines of those above --library-limit
  std::string cache;                      // its files without their suffixes; empty: none
  std::string cache_problem;              // why nothing is kept for later runs
};

std::string format_text(const JobRecord& job, const JobFacts& facts);
std::string format_json(const JobRecord& job, const JobFacts& facts);

// Where the report goes. Opened before the run, so that a wrong name is an error then and not after
// hours.
class ReportFile {
 public:
  // Throws LaunchError (64).
  static ReportFile open(const Options& options);
  bool wants_everything() const { return is_json_; }
  explicit operator bool() const { return file_ != nullptr; }
  // Once. Warns when the file does not take all of it.
  void print(const JobRecord& job, const JobFacts& facts);

 private:
  using Close = int (*)(std::FILE*);
  std::unique_ptr<std::FILE, Close> file_{nullptr, nullptr};
  std::string name_;
  bool is_json_ = false;
};

}  // namespace pylaunch
