// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "launcher/mpi_environment.hpp"

namespace pylaunch {

// Which ranks share a node's memory, and the first rank of each node. Rank 0 is a leader, and the
// first of the leaders.
struct NodeTopology {
  Communicator node;     // the ranks of this node; its rank 0 is the leader
  Communicator leaders;  // null on a rank that is no leader
  bool is_leader() const { return static_cast<bool>(leaders); }
};

// Collective over `all`. Throws LaunchError.
NodeTopology find_nodes(const Communicator& all);

}  // namespace pylaunch
