// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace pylaunch {

// Does something, in a thread of its own, when it is not destroyed in time.
class Watchdog {
 public:
  // Throws std::system_error when no thread is to be had.
  Watchdog(std::chrono::milliseconds limit, std::function<void()> act);

 private:
  void watch(const std::stop_token& stop, std::chrono::milliseconds limit,
             const std::function<void()>& act);

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // the last member: it uses the others until it has been joined
};

}  // namespace pylaunch
