// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "launcher/node_topology.hpp"
#include "launcher/prepared_job.hpp"
#include "launcher/timeline.hpp"

namespace pylaunch {

// Collective, after the program: gathers what the ranks measured and used; rank 0 prints the report
// and brings manifest and cached bundle up to date.
void conclude(const Options& options, PreparedJob& job, const PythonRuntime& python,
              const NodeCopy& files, const NodeTopology& nodes, Timeline& timeline,
              const Communicator& all);

}  // namespace pylaunch
