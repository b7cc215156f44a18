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
  for (std::size_t i = 0; i < signals.size(); ++i) {
    if (sigaction(signals[i], nullptr, &handlers_[i]) != 0 || !is_function(handlers_[i])) continue;
    struct sigaction standard = {};
    standard.sa_handler = SIG_DFL;
    sigaction(signals[i], &standard, nullptr);
  }
}

ForeignSignalHandlers::~ForeignSignalHandlers() {
  for (std::size_t i = 0; i < signals.size(); ++i) {
    struct sigaction now = {};
    if (!is_function(handlers_[i]) || sigaction(signals[i], nullptr, &now) != 0) continue;
    if (!is_function(now) && now.sa_handler == SIG_DFL)
      sigaction(signals[i], &handlers_[i], nullptr);
  }
}

}  // namespace pylaunch::embed
