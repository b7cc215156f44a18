// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/watchdog.hpp"

#include <utility>

namespace pylaunch {

Watchdog::Watchdog(std::chrono::milliseconds limit, std::function<void()> act)
    : thread_([this, limit, act = std::move(act)](const std::stop_token& stop) {
        watch(stop, limit, act);
      }) {}

void Watchdog::watch(const std::stop_token& stop, std::chrono::milliseconds limit,
                     const std::function<void()>& act) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, limit, [] { return false; });
  if (!stop.stop_requested()) act();
}

}  // namespace pylaunch
