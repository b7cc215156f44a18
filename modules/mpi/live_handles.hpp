// SPDX-License-Identifier: BSD-3-Clause
// Windows and files that the program has not freed yet. Some MPI libraries abort in MPI_Finalize
// when a window is left, so they are freed at the end of the job; see modules/modules.hpp.
#pragma once

#include "python.hpp"

namespace pylaunch::mpi {

// `memory`, if any, stays alive as long as the window exposes it.
void remember_live(MPI_Win win, PyObject* memory);
void remember_live(MPI_File file);
// For a handle that is about to be freed.
void forget_live(MPI_Win win);
void forget_live(MPI_File file);

}  // namespace pylaunch::mpi
