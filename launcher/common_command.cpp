// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/common_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <vector>

#include "bundle/support_api.h"
#include "launcher/bundle_prefetch.hpp"
#include "launcher/error.hpp"
#include "launcher/mpi_environment.hpp"
#include "launcher/node_topology.hpp"
#include "launcher/prepared_job.hpp"

namespace pylaunch {

std::uint64_t command_of(const Options& options) {
  std::string text = "without broadcast";
  if (options.broadcast) {
    // Python's own options come before the program. They may differ, as its arguments may.
    const std::vector<std::string> words = program_words(options.python_arguments);
    text = words.empty() || words.back() == "-" ? "" : "program " + words.back();
  }
  return std::max<std::uint64_t>(std::hash<std::string>()(text), wrong_command + 1);
}

void require_common_command(std::span<const std::uint64_t> commands, int rank,
                            const std::string& complaint) {
  auto odd = std::ranges::find(commands, wrong_command);
  const bool is_wrong = odd != commands.end();
  if (!is_wrong) odd = std::ranges::find_if_not(commands, [&](auto c) { return c == commands[0]; });
  if (odd == commands.end()) return;
  if (odd - commands.begin() == rank) {
    const std::string text =
        is_wrong ? complaint
                 : fmt::format(
                       "rank {} was started with another program than rank 0, or one of "
                       "them with --no-broadcast; all ranks have to be started alike, and "
                       "with --no-broadcast each may have a program of its own",
                       rank);
    std::fprintf(stderr, "pylaunch: %s\n", text.c_str());
  }
  throw AgreedEnd{PYLAUNCH_EXIT_USAGE};
}

int end_with_wrong_command(const std::string& complaint, int argc, char** argv) try {
  MpiEnvironment mpi(&argc, &argv, Options().thread_level);
  try {
    const Communicator all = Communicator::duplicate_world();
    const NodeTopology nodes = find_nodes(all, wrong_command);
    require_common_command(nodes.commands, mpi.rank(), complaint);
  } catch (const AgreedEnd&) {
  } catch (const LaunchError& error) {
    std::fprintf(stderr, "pylaunch: %s\npylaunch: %s\n", complaint.c_str(), error.what());
    mpi.abort(error.status());
  }
  mpi.finalize();
  return PYLAUNCH_EXIT_USAGE;
} catch (const std::exception& error) {  // MPI does not start, or does not end
  std::fprintf(stderr, "pylaunch: %s\npylaunch: %s\n", complaint.c_str(), error.what());
  return PYLAUNCH_EXIT_USAGE;
}

}  // namespace pylaunch
