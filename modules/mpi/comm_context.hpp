// SPDX-License-Identifier: BSD-3-Clause
// A private duplicate of each communicator that reduces Python objects, so that the messages of
// the reduction tree cannot be taken for the user's.
#pragma once

#include "python.hpp"

namespace pylaunch::mpi {

struct CommContext {
  MPI_Comm duplicate = MPI_COMM_NULL;
  // Of an intercommunicator: the own side, and both sides, as intracommunicators.
  MPI_Comm local = MPI_COMM_NULL;
  MPI_Comm merged = MPI_COMM_NULL;
  bool low_group = false;
  int next_tag = 0;

  // A tag for one operation: the same on all processes, which call in the same order.
  int take_tag();
};

// Made collectively by the first call; freed with the communicator.
CommContext& comm_context(MPI_Comm comm);

}  // namespace pylaunch::mpi
