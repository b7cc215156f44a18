// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace pylaunch {

struct ChildResult {
  int status = -1;  // exit status; 128+n after signal n; -1: not started
  std::string output;
};

// Runs a program, without the variables by which an MPI library would take it for a rank of this
// job, and reads its standard output until it ends, whatever it leaves running. Past `limit` it is
// killed.
ChildResult run_child(const std::vector<std::string>& arguments, std::chrono::seconds limit);

}  // namespace pylaunch
