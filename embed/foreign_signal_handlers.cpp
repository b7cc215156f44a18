// SPDX-License-Identifier: BSD-3-Clause
#include "embed/foreign_signal_handlers.hpp"

namespace pylaunch::embed {

namespace {

bool is_function(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 ||
         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

}  // namespace

ForeignSignalHandlers::ForeignSignalHandlers() {
  for (int number = 1; number < NSIG; ++number) {
    // It fails for the signals that the C library keeps for itself: those have no handler here.
    if (sigaction(number, nullptr, &handlers_[number]) != 0 || !is_function(handlers_[number]))
      continue;
    struct sigaction standard = {};
    standard.sa_handler = SIG_DFL;
    sigaction(number, &standard, nullptr);
  }
}

ForeignSignalHandlers::~ForeignSignalHandlers() {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction now = {};
    if (!is_function(handlers_[number]) || sigaction(number, nullptr, &now) != 0) continue;
    if (!is_function(now) && now.sa_handler == SIG_DFL)
      sigaction(number, &handlers_[number], nullptr);
  }
}

}  // namespace pylaunch::embed
