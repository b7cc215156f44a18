// SPDX-License-Identifier: BSD-3-Clause
//
// The launcher's own options. They stand before Python's; most also are an environment variable
// PYLAUNCH_..., which a value on the command line overrides (--include adds to it). One table
// serves parser, --help and the docs.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "launcher/job_ranks.hpp"

namespace pylaunch {

// A row of the table.
struct OptionSpec {
  const char* name;      // "--report"
  const char* value;     // "FILE"; "[=FILE]" when it may be left out; nullptr for a switch
  const char* variable;  // in the environment; nullptr when there is none
  const char* sentence;  // what it does, and the default
};

std::span<const OptionSpec> option_table();

enum class Action { run, show_help, show_version };

// What the user asked for. Everything unset means "decide".
struct Options {
  Action action = Action::run;
  bool report = false;
  std::string report_file;  // empty: stderr
  bool broadcast = true;
  JobRanks ranks;
  std::string python;
  std::string thread_level = "multiple";
  std::string log_level = "warning";
  std::string manifest_dir;
  bool cache = true;
  std::uint64_t cache_limit_mib = 4096;
  std::vector<std::string> includes;
  std::string mpi4py = "auto";
  bool may_use_built_in = true;  // the CPython in this executable
  std::uint64_t library_limit_mib = 256;
  std::uint32_t learn_after_s = 60;
  std::vector<std::string> python_arguments;  // from the first that is not the launcher's
};

// A wrong option or value; what() says which, and what would be right.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads environment and command line. Throws UsageError.
Options parse_options(int argc, char** argv);

std::string help_text();

}  // namespace pylaunch
