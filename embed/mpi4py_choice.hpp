// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "embed/session.hpp"

namespace pylaunch::embed {

// Rank 0: which mpi4py `from mpi4py import MPI` gives. `wish` is native, installed or auto: auto
// takes an installed one if it is linked with `mpi_library` (a DT_SONAME), the MPI of this process;
// any other one would start a second MPI library in which every rank is 0 of 1.
// Throws StartupExit (64) when `installed` is asked for and not possible.
void choose_mpi4py(Session& session, const std::string& wish, const std::string& mpi_library);

}  // namespace pylaunch::embed
