// SPDX-License-Identifier: BSD-3-Clause
//
// The end of a program that ends with an exception: what is printed, and the exit status.
#pragma once

namespace pylaunch::embed {

// What python3 does with an exception that reaches the top: SystemExit decides the status,
// everything else is printed by sys.excepthook. Clears the error. Source lines in the traceback
// come from memory where they were broadcast.
int report_uncaught();

// SIGTERM as a batch system sends it before it kills: raises SystemExit(143) in the main thread, so
// that `finally` and atexit run, and ends the process after five seconds if nothing came of it. A
// handler that the script installs replaces this one.
void install_termination_handler();

// Exit status after a KeyboardInterrupt. python3 ends itself by SIGINT then, for its shell to see;
// here mpiexec is to see it, and MPI to be finalised.
inline constexpr int interrupted_status = 130;

}  // namespace pylaunch::embed
