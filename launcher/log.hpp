// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace pylaunch {

// Messages go to stderr as `pylaunch: rank N: ...`, from `level` on.
void start_log(const std::string& level, int rank);

// Before MPI_Init: whether this process is the one of its job to print something for all, by the
// process manager's variables (PMI, PMIx, Open MPI, Slurm).
bool is_first_rank_or_alone();

}  // namespace pylaunch
