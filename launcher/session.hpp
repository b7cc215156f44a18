// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "launcher/options.hpp"

namespace pylaunch {

// Runs one job on this rank, from MPI_Init to MPI_Finalize, and returns the exit status.
int run_session(const Options& options, int argc, char** argv);

}  // namespace pylaunch
