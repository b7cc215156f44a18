// SPDX-License-Identifier: BSD-3-Clause
//
// Threads that begin while this lives take no signals: those are for the thread that runs Python.
#pragma once

#include <signal.h>

namespace pylaunch::bundle {

class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);  // a new thread inherits it
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace pylaunch::bundle
