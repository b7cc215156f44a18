// SPDX-License-Identifier: BSD-3-Clause
//
// Signal handlers of C libraries, the MPI library's above all, which is loaded before the
// interpreter starts. Python would say None of them, which signal.signal() does not take back;
// under python3 the library comes later, with an extension module, and signal.getsignal() says
// SIG_DFL.
#pragma once

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
  struct sigaction handlers_[NSIG] = {};
};

}  // namespace pylaunch::embed
