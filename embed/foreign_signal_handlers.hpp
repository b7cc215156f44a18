// SPDX-License-Identifier: BSD-3-Clause
//
// Signal handlers of the MPI library, which is loaded before the interpreter starts. Python would
// say None of them, which signal.signal() does not take back; under python3 the library comes
// later, with an extension module, and signal.getsignal() says SIG_DFL.
#pragma once

#include <array>
#include <csignal>

namespace pylaunch::embed {

// Sets them aside while it lives, and puts them back where no other handler has been set since.
class ForeignSignalHandlers {
 public:
  ForeignSignalHandlers();
  ~ForeignSignalHandlers();
  ForeignSignalHandlers(const ForeignSignalHandlers&) = delete;
  ForeignSignalHandlers& operator=(const ForeignSignalHandlers&) = delete;

 private:
  // UCX has handlers for errors and, to print its state, SIGHUP, MPICH for SIGUSR1, Open MPI for
  // SIGABRT. No others: a profiler's timer must never find the default action, which ends the
  // process.
  static constexpr std::array<int, 7> signals = {SIGHUP, SIGILL,  SIGABRT, SIGBUS,
                                                 SIGFPE, SIGUSR1, SIGSEGV};

  std::array<struct sigaction, signals.size()> handlers_ = {};
};

}  // namespace pylaunch::embed
