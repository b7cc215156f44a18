// SPDX-License-Identifier: BSD-3-Clause
// The MPI standard as a source of docstrings.
#pragma once

#include <string>

namespace pylaunch::mpi {

// Release, number and title of the section that defines a method (`owner`: its class, or "module"),
// "MPI 4.0, 6.4 Broadcast", the same for `bcast` and `Bcast`; empty for what only mpi4py has.
std::string section_of(const char* owner, const char* name);

}  // namespace pylaunch::mpi
