// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "launcher/mpi_environment.hpp"

namespace pylaunch {

// Which ranks can share memory files, and the first rank of each such node. No communicator is made
// that is not needed: making one is a blocking collective, slow where ranks outnumber processors.
struct NodeTopology {
  int node_count = 1;
  int machine_count = 1;     // fewer than nodes where MPICH simulates these
  int leader = 0;            // rank of this node's leader; rank 0 leads its node
  std::vector<int> members;  // the ranks of this node, the leader first
  Communicator leaders;      // among the leaders where they are some of the ranks; null otherwise
  std::vector<std::uint64_t> commands;  // what each rank has given

  bool is_leader(int rank) const { return rank == leader; }
};

// Before MPI_Init: whether this rank may be the leader of its node. False where the process manager
// says that it is not the first of its machine.
bool may_lead_node();

// Collective over `all`. `command` goes with the same exchange, see common_command.hpp. Throws
// LaunchError.
NodeTopology find_nodes(const Communicator& all, std::uint64_t command = 1);

// A communicator of these ranks of `all`, in this order. Collective over these ranks only.
Communicator make_group(MPI_Comm all, const std::vector<int>& ranks);

}  // namespace pylaunch
