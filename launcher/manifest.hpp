// SPDX-License-Identifier: BSD-3-Clause
//
// The files worth broadcasting for one program in one environment: a line each, a kind letter, a
// blank and the path (docs/manifest.md). What the launcher knows of it is how to merge two.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/reader.hpp"
#include "launcher/job_record.hpp"

namespace pylaunch {

class Manifest {
 public:
  // Text that is no manifest of this version gives an empty one. `working_folder` is where the job
  // was started, an absolute path or empty.
  explicit Manifest(std::string_view text = {}, std::string working_folder = {});

  bool empty() const { return lines_.empty(); }
  std::string text() const;                    // with the head line, for the cache
  std::string lines() const;                   // without, for the support library
  std::vector<std::string> libraries() const;  // their paths, sorted

  // Adds what ranks used of the bundle and what they missed. What changed since `job_start` (ns
  // since the epoch) is written by the program itself and is left out. Returns whether it changed.
  bool merge(const JobRecord& job, const bundle::BundleView* bundle, std::int64_t job_start_ns);

 private:
  std::string as_kept(std::string line) const;
  std::string as_used(const std::string& line) const;

  std::string working_folder_;
  std::set<std::string> lines_;  // as kept
};

}  // namespace pylaunch
