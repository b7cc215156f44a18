// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>

namespace pylaunch {

// Returns when what was written to a pipe or a socket has been read at its other end, when nobody
// can read it any more, or after `limit`. At once for a file or a terminal.
void wait_until_read(int descriptor, std::chrono::milliseconds limit);

// The same for standard output and standard error, to be called before the job is aborted: mpiexec
// ends when it hears of that, and may hear of it before it has read what a rank said last.
void wait_for_written_output();

}  // namespace pylaunch
