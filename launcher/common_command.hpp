// SPDX-License-Identifier: BSD-3-Clause
//
// Launchers can give each rank a command line and an environment of its own (`mpiexec -n 1 pylaunch
// a.py : -n 1 pylaunch b.py`, or a variable that one node does not have). What ranks do together
// they have to be told alike: rank 0's program is every rank's, and those that broadcast meet
// others at other places than those that do not.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "launcher/options.hpp"

namespace pylaunch {

// What has to be the same on all ranks, as a number. Arguments of the program may differ.
std::uint64_t command_of(const Options& options);

// That of a rank whose options are wrong.
inline constexpr std::uint64_t wrong_command = 0;

// `commands` are those of all ranks. Where one is wrong or not rank 0's, the first such rank says
// so, and each throws AgreedEnd. `complaint` is what is wrong on this rank.
void require_common_command(std::span<const std::uint64_t> commands, const JobRanks& ranks,
                            int job_rank, const std::string& complaint);

// Collective over MPI_COMM_WORLD: the end of a rank with wrong options, in a job of several. The
// others may have none, and wait for this one in MPI. With --ranks among the arguments they may be
// other programs, and the job is aborted. Returns the exit status.
int end_with_wrong_command(const std::string& complaint, int argc, char** argv);

}  // namespace pylaunch
