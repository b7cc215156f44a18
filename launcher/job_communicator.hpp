// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "launcher/job_ranks.hpp"
#include "launcher/mpi_environment.hpp"

namespace pylaunch {

// In MPI_COMM_WORLD.
struct Place {
  int rank = 0;
  int size = 1;
};

// The communicator of pylaunch's job. Collective over its ranks, and over no others: these may be
// other programs, which do not come. Throws LaunchError when `ranks` cannot be right or differ from
// rank to rank, and when some have not come in time.
Communicator join_job(const JobRanks& ranks, const Place& mine);

}  // namespace pylaunch
