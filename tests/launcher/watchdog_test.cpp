// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/watchdog.hpp"

#include <gtest/gtest.h>

#include <future>

namespace pylaunch::testing {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Watchdog, acts_when_the_time_is_over) {
  std::promise<void> acted;
  const Watchdog watchdog(milliseconds(10), [&] { acted.set_value(); });
  EXPECT_EQ(acted.get_future().wait_for(seconds(20)), std::future_status::ready);
}

TEST(Watchdog, does_nothing_when_destroyed_in_time_and_does_not_wait_for_that) {
  bool has_acted = false;
  const auto begin = std::chrono::steady_clock::now();
  {
    const Watchdog watchdog(seconds(20), [&] { has_acted = true; });
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(10));
  EXPECT_FALSE(has_acted);
}

}  // namespace pylaunch::testing
