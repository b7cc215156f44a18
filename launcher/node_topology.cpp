// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/node_topology.hpp"

#include "launcher/error.hpp"

namespace pylaunch {

NodeTopology find_nodes(const Communicator& all) {
  const int rank = all.rank();
  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(all.get(), MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node),
            "MPI_Comm_split_type");
  NodeTopology topology;
  topology.node = Communicator(node);
  const int color = topology.node.rank() == 0 ? 0 : MPI_UNDEFINED;
  MPI_Comm leaders = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split(all.get(), color, rank, &leaders), "MPI_Comm_split");
  topology.leaders = Communicator(leaders);
  return topology;
}

}  // namespace pylaunch
