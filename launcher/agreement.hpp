// SPDX-License-Identifier: BSD-3-Clause
//
// How the launcher waits: every collective is non-blocking and polled with growing pauses, so that
// ranks that wait leave the processor to the one they wait for.
#pragma once

#include <mpi.h>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "launcher/mpi_environment.hpp"

namespace pylaunch {

// Completes all requests. Throws LaunchError when MPI reports an error.
void wait_all(std::span<MPI_Request> requests, const char* during);

// Completes it within the time, or returns false; the request then stays active.
bool wait_for(MPI_Request& request, std::chrono::milliseconds limit, const char* during);

// Completes the first exchanges of the job, to which every rank comes right after MPI_Init. Throws
// LaunchError when some have not come in time, as programs other than pylaunch never do; its text
// ends with `advice`.
void wait_for_first_meeting(MPI_Request& request, const char* during,
                            const std::string& advice = "");

// Collective: the largest value over all ranks. 0 everywhere means that every rank succeeded.
int agree_on_largest(int value, const Communicator& ranks, const char* during);

}  // namespace pylaunch
