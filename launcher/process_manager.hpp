// SPDX-License-Identifier: BSD-3-Clause
//
// What the process manager's variables say of this process before MPI_Init: PMI (Hydra, Slurm,
// PALS, Flux), PMIx, Open MPI.
#pragma once

#include <optional>

namespace pylaunch {

// The rank that this process will have; nullopt when nobody says.
std::optional<int> rank_before_mpi();

// The number of ranks of the job; nullopt when nobody says (PMIx does not).
std::optional<int> size_before_mpi();

// Whether this process is the one of its job to print something for all.
bool is_first_rank_or_alone();

}  // namespace pylaunch
