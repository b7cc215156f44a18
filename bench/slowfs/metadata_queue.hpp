// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <mutex>

namespace slowfs {

// The one metadata server of the emulated file system. Every request takes `cost` of the
// server's time, requests are served one after another, and the caller sleeps until its own
// request would have been answered. Thread-safe.
class MetadataQueue {
 public:
  using Clock = std::chrono::steady_clock;

  explicit MetadataQueue(std::chrono::microseconds cost) : cost_(cost) {}

  void serve();

  std::chrono::microseconds cost() const { return cost_; }

 private:
  Clock::time_point reserve();
  void note_wake_up(Clock::time_point deadline);

  const std::chrono::microseconds cost_;
  std::mutex mutex_;
  Clock::time_point busy_until_{};
  // How late the kernel woke the last caller while nobody else was queued. The next request is
  // treated as if it had come that much earlier, so that the mean cost is the one that was set.
  Clock::duration late_{};
};

}  // namespace slowfs
