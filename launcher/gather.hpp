// SPDX-License-Identifier: BSD-3-Clause
//
// Byte strings of any length, from all ranks to rank 0. MPI counts are int: what is more than one
// MPI_Gatherv may hold is gathered from some ranks after others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "launcher/mpi_environment.hpp"

namespace pylaunch {

inline constexpr std::int64_t gathered_at_once = std::int64_t{1} << 30;

// What rank 0 can be told of a string of this length: a longer one than `at_once` counts as empty.
int gathered_length(const std::string& mine, std::int64_t at_once = gathered_at_once);

// Collective, unless all are empty. `lengths` has every rank's gathered_length(), on all ranks. On
// rank 0 the strings in the order of the ranks, elsewhere nothing. Throws LaunchError.
std::vector<std::string> gather_strings(const std::string& mine, const std::vector<int>& lengths,
                                        const Communicator& ranks, const char* during,
                                        std::int64_t at_once = gathered_at_once);

}  // namespace pylaunch
