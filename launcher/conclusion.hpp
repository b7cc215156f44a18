// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "launcher/node_topology.hpp"
#include "launcher/prepared_job.hpp"
#include "launcher/timeline.hpp"

namespace pylaunch {

// Rank 0, while the program runs, from another thread: brings manifest and cached bundle up to what
// rank 0 has used so far. The next run of a job that is killed needs no more.
void learn(PreparedJob& job, std::string_view record, const NodeCopy& files);

// Collective, after the program: gathers what the ranks measured and used; rank 0 prints the report
// and brings manifest and cached bundle up to date.
void conclude(const Options& options, PreparedJob& job, const JobHeader& header,
              const PythonRuntime& python, const NodeCopy& files, const NodeTopology& nodes,
              Timeline& timeline, const Communicator& all);

}  // namespace pylaunch
