// SPDX-License-Identifier: BSD-3-Clause
//
// What the process manager (mpiexec, srun) says in the environment of each process: PMI (Hydra,
// Slurm, PALS, Flux), PMIx, Open MPI.
#pragma once

#include <optional>
#include <string>

namespace pylaunch {

// Before MPI_Init: the rank that this process will have; nullopt when nobody says.
std::optional<int> rank_before_mpi();

// The same among the ranks of this machine.
std::optional<int> local_rank_before_mpi();

// The number of ranks of the job; nullopt when nobody says (PMIx does not).
std::optional<int> size_before_mpi();

// Whether this process is the one of its job to print something for all.
bool is_first_rank_or_alone();

// A variable that promises more than one rank to this very process.
struct PromisedSize {
  const char* variable;
  int ranks;
};

// Before MPI_Init: Open MPI's sets variables of PMIx in a process that has no launcher.
std::optional<PromisedSize> promised_size();

// The silent trap of a launcher of another MPI: each process believes to be a job of its own. Says
// which variable promises more ranks than MPI has; empty when there is none.
std::string find_isolation(const std::optional<PromisedSize>& promised, int mpi_size);

// Takes the variables that connect this process to its process manager out of the environment, so
// that a program which the script starts does not pass for this rank. After MPI_Init.
// PMI_RANK and PMI_SIZE, OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE, and SLURM_STEP_NUM_TASKS
// stay: they only inform.
void disconnect_children();

}  // namespace pylaunch
