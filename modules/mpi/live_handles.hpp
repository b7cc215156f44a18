// SPDX-License-Identifier: BSD-3-Clause
// Communicators, windows and files that the program has not freed yet: what release.cpp frees at
// the end of the job.
#pragma once

#include <variant>
#include <vector>

#include "python.hpp"

namespace pylaunch::mpi {

// Types of their own, since some MPI libraries have one type for several kinds of handles.
struct LiveWindow {
  MPI_Win win;
  bool operator==(const LiveWindow&) const = default;
};
struct LiveFile {
  MPI_File file;
  bool operator==(const LiveFile&) const = default;
};
struct LiveCommunicator {
  MPI_Comm comm;
  bool operator==(const LiveCommunicator&) const = default;
};

// In the order in which they are freed.
using LiveHandle = std::variant<LiveWindow, LiveFile, LiveCommunicator>;

// `memory`, if any, stays alive as long as the window exposes it.
void remember_live(LiveHandle handle, PyObject* memory = nullptr);
// For a handle that is about to be freed.
void forget_live(LiveHandle handle);

bool has_live_handles();

// All of them, in the order of creation; they are forgotten. Memory of windows stays alive.
std::vector<LiveHandle> take_live_handles();

}  // namespace pylaunch::mpi
