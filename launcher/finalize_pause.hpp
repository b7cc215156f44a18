// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string_view>

namespace pylaunch {

// MPI_Finalize of MPICH before 4.2 over UCX closes the connections without meeting first, and where
// these are TCP each end asks the other whether all has come. A rank that has its answers waits
// outside of MPI's progress, deaf to questions that come later. One that gave them while it was
// still busy with the last exchange then has nobody to ask, and waits for ever. So none begins
// before all are done with that exchange; there is nothing within MPI to wait for that with, since
// it would itself be the last exchange.
class FinalizePause {
 public:
  // None.
  FinalizePause() = default;

  // `may_use_network`: some ranks may not share memory. `ranks_here`: on this node, this included.
  FinalizePause(bool may_use_network, std::size_t ranks_here);

  // Makes no call of MPI for long enough that the others have left the last exchange.
  void take() const;

 private:
  bool may_use_network_ = false;
  std::size_t ranks_here_ = 1;
};

// Whether MPI_Finalize of this library (its MPI_Get_library_version) has that fault.
bool closes_before_meeting(std::string_view library_version);

}  // namespace pylaunch
