// SPDX-License-Identifier: BSD-3-Clause
// MPI-4's large counts, or what an MPI-3 library has instead.
//
// PYLAUNCH_C(MPI_Send) is MPI_Send_c where MPI has it. With an MPI-3 library it is MPI_Send, and
// the count types below become int, so that a count beyond 2^31-1 is an OverflowError in Python
// before it reaches MPI.
#pragma once

#include <vector>

#include "python.hpp"

namespace pylaunch::mpi {

#if MPI_VERSION >= 4
#define PYLAUNCH_C(function) function##_c
using Count = MPI_Count;             // numbers of elements
using Displacement = MPI_Aint;       // offsets of v-collectives, in elements
using WideDisplacement = MPI_Count;  // byte offsets of datatype constructors
inline MPI_Datatype count_datatype() { return MPI_COUNT; }
#else
#define PYLAUNCH_C(function) function
using Count = int;
using Displacement = int;
using WideDisplacement = MPI_Aint;
inline MPI_Datatype count_datatype() { return MPI_INT; }
#endif

using Counts = std::vector<Count>;
using Displacements = std::vector<Displacement>;

}  // namespace pylaunch::mpi
