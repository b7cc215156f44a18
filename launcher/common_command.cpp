// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/common_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <string_view>
#include <vector>

#include "bundle/support_api.h"
#include "launcher/bundle_prefetch.hpp"
#include "launcher/error.hpp"
#include "launcher/finalize_order.hpp"
#include "launcher/mpi_environment.hpp"
#include "launcher/node_topology.hpp"
#include "launcher/prepared_job.hpp"

namespace pylaunch {

namespace {

// The arguments are wrong in some other way, and so have not become Options.
bool has_ranks_option(int argc, char** argv) {
  return std::any_of(argv, argv + argc, [](std::string_view word) {
    return word == "--ranks" || word.starts_with("--ranks=");
  });
}

}  // namespace

std::uint64_t command_of(const Options& options) {
  std::string text = "without broadcast";
  if (options.broadcast) {
    // Python's own options come before the program. They may differ, as its arguments may.
    const std::vector<std::string> words = program_words(options.python_arguments);
    text = words.empty() || words.back() == "-" ? "" : "program " + words.back();
  }
  return std::max<std::uint64_t>(std::hash<std::string>()(text), wrong_command + 1);
}

void require_common_command(std::span<const std::uint64_t> commands, const JobRanks& ranks,
                            int job_rank, const std::string& complaint) {
  auto odd = std::ranges::find(commands, wrong_command);
  const bool is_wrong = odd != commands.end();
  if (!is_wrong) odd = std::ranges::find_if_not(commands, [&](auto c) { return c == commands[0]; });
  if (odd == commands.end()) return;
  if (odd - commands.begin() == job_rank) {
    const std::string text =
        is_wrong ? complaint
                 : fmt::format(
                       "rank {} was started with another program than rank {}, or one of them "
                       "with --no-broadcast; all ranks have to be started alike, unless each "
                       "program has its own --ranks. With --no-broadcast programs may differ",
                       ranks.world_rank(job_rank), ranks.world_rank(0));
    std::fprintf(stderr, "pylaunch: %s\n", text.c_str());
  }
  throw AgreedEnd{PYLAUNCH_EXIT_USAGE};
}

int end_with_wrong_command(const std::string& complaint, int argc, char** argv) try {
  MpiEnvironment mpi(&argc, &argv, Options().thread_level);
  try {
    if (has_ranks_option(argc, argv)) {
      std::fprintf(stderr, "pylaunch: %s\n", complaint.c_str());
      mpi.abort(PYLAUNCH_EXIT_USAGE);
    }
    const Communicator all = Communicator::duplicate_world();
    const NodeTopology nodes = find_nodes(all, wrong_command);
    FinalizeOrder order(all, nodes, {});
    try {
      require_common_command(nodes.commands, {}, mpi.rank(), complaint);
    } catch (const AgreedEnd&) {
    }
    order.prepare();
    mpi.finalize();
  } catch (const LaunchError& error) {
    std::fprintf(stderr, "pylaunch: %s\npylaunch: %s\n", complaint.c_str(), error.what());
    mpi.abort(error.status());
  }
  return PYLAUNCH_EXIT_USAGE;
} catch (const std::exception& error) {  // MPI does not start, or does not end
  std::fprintf(stderr, "pylaunch: %s\npylaunch: %s\n", complaint.c_str(), error.what());
  return PYLAUNCH_EXIT_USAGE;
}

}  // namespace pylaunch
