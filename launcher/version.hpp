// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace pylaunch {

// The versions of pylaunch, of MPI, and of the CPythons it has support libraries for.
std::string version_text();

// "MPICH Version: 4.0.2", the first line of the library's own text.
std::string mpi_library_version();

}  // namespace pylaunch
