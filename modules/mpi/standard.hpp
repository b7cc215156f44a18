// SPDX-License-Identifier: BSD-3-Clause
// The MPI standard as a source of docstrings.
#pragma once

namespace pylaunch::mpi {

// Number and title of the section of MPI 4.0 that defines a method (`owner`: its class, or
// "module"), the same for `send` and `Send`; null for what only mpi4py has.
const char* section_of(const char* owner, const char* name);

}  // namespace pylaunch::mpi
