// SPDX-License-Identifier: BSD-3-Clause
//
// MPI_Finalize of MPICH before 4.2 over UCX closes the connections without meeting first. Where
// these are TCP, a rank asks each other that it has sent anything to whether all has come, and goes
// on to wait outside of MPI's progress when it has its answers: deaf to the questions of those that
// come later, who wait for ever. So one rank that all the others have asked comes last. Until then
// these go on answering. There is nothing within MPI to wait for that with.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "launcher/job_ranks.hpp"
#include "launcher/mpi_environment.hpp"
#include "launcher/node_topology.hpp"
#include "launcher/watchdog.hpp"

namespace pylaunch {

// Whether MPI_Finalize of this library (its MPI_Get_library_version) has that fault.
bool closes_before_meeting(std::string_view library_version);

// Collective: all come together, by messages to rank 0, or to every rank that `fan_in` divides and
// from these to rank 0, and back. Who has sent a message has a question to its receiver, and nobody
// begins with MPI_Finalize before all are there. Returns the time of a turn, the same everywhere.
std::chrono::milliseconds meet_for_finalize(const Communicator& all, int fan_in);

class FinalizeOrder {
 public:
  // `all` has to outlive this, and this MPI_Finalize.
  FinalizeOrder(const Communicator& all, const NodeTopology& nodes, const JobRanks& ranks);

  // Collective, the last before MPI_Finalize, whoever calls that. Does nothing where the library is
  // sound or no network is used. Otherwise it returns in the order in which the ranks have to begin
  // with MPI_Finalize, and limits the time that this may take, as the order is one of time only.
  void prepare();

 private:
  void take_turn() const;
  void limit_time();

  const Communicator& all_;
  bool is_needed_;
  bool has_others_;  // programs that come to MPI_Finalize when they come
  std::optional<Watchdog> limit_;
};

}  // namespace pylaunch
