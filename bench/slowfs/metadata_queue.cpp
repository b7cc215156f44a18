// SPDX-License-Identifier: BSD-3-Clause
#include "metadata_queue.hpp"

#include <algorithm>
#include <thread>

namespace slowfs {

void MetadataQueue::serve() {
  if (cost_.count() == 0) {
    return;
  }
  const auto deadline = reserve();
  if (deadline > Clock::now()) {
    std::this_thread::sleep_until(deadline);
    note_wake_up(deadline);
  }
}

MetadataQueue::Clock::time_point MetadataQueue::reserve() {
  const std::lock_guard lock(mutex_);
  const auto arrival = Clock::now() - late_;
  late_ = Clock::duration::zero();
  busy_until_ = std::max(busy_until_, arrival) + cost_;
  return busy_until_;
}

void MetadataQueue::note_wake_up(Clock::time_point deadline) {
  const std::lock_guard lock(mutex_);
  // With others queued behind, the server went on working on its timeline: nothing was lost.
  if (deadline == busy_until_) {
    late_ = std::max(Clock::now() - deadline, Clock::duration::zero());
  }
}

}  // namespace slowfs
