// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <thread>

#include "launcher/agreement.hpp"
#include "launcher/finalize_order.hpp"

namespace pylaunch::testing {

using std::chrono::milliseconds;

class FinalizeOrderMpiTest : public ::testing::Test {
 protected:
  // What every rank has got, if all have got the same; else -1.
  int turn_of_all(int fan_in) {
    const auto turn = static_cast<int>(meet_for_finalize(all_, fan_in).count());
    const int largest = agree_on_largest(turn, all_, "test");
    return agree_on_largest(-turn, all_, "test") == -largest ? largest : -1;
  }

  Communicator all_ = Communicator::duplicate_world();
};

TEST_F(FinalizeOrderMpiTest, all_have_the_same_turn_however_many_send_to_one_rank) {
  for (const int fan_in : {2, 3, 256}) EXPECT_GE(turn_of_all(fan_in), 20) << fan_in;
}

TEST_F(FinalizeOrderMpiTest, turn_is_longer_where_ranks_are_late) {
  if (all_.size() == 1) return;  // nobody is waited for
  for (const int fan_in : {2, 256}) {
    agree_on_largest(0, all_, "test");
    if (all_.rank() == all_.size() - 1) std::this_thread::sleep_for(milliseconds(100));
    EXPECT_GE(turn_of_all(fan_in), 150) << fan_in;
  }
}

TEST_F(FinalizeOrderMpiTest, nobody_goes_on_before_all_are_there) {
  for (const int fan_in : {2, 256}) {
    agree_on_largest(0, all_, "test");
    const auto begin = std::chrono::steady_clock::now();
    if (all_.rank() == all_.size() - 1) std::this_thread::sleep_for(milliseconds(100));
    meet_for_finalize(all_, fan_in);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(80)) << fan_in;
  }
}

}  // namespace pylaunch::testing
