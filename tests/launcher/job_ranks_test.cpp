// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/job_ranks.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pylaunch::testing {

TEST(JobRanks, all_is_every_rank_of_the_world_under_its_own_number) {
  const JobRanks all;
  EXPECT_TRUE(all.are_all());
  EXPECT_EQ(all.job_rank(5), 5);
  EXPECT_EQ(all.world_rank(5), 5);
  EXPECT_EQ(all.count(8), 8);
  EXPECT_EQ(all.last(), -1);
}

TEST(JobRanks, ranges_are_numbered_from_0_in_the_order_of_the_world) {
  const JobRanks some("8-9,4,1-2");
  EXPECT_FALSE(some.are_all());
  EXPECT_EQ(some.count(100), 5);
  EXPECT_EQ(some.last(), 9);
  const int world_ranks[] = {1, 2, 4, 8, 9};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(some.world_rank(i), world_ranks[i]);
    EXPECT_EQ(some.job_rank(world_ranks[i]), i);
  }
  for (const int other : {0, 3, 5, 7, 10}) EXPECT_FALSE(some.job_rank(other)) << other;
}

TEST(JobRanks, text_is_equal_for_equal_sets) {
  EXPECT_EQ(JobRanks("4-63").text(), "4-63");
  EXPECT_EQ(JobRanks("5,3-4,4-6,9").text(), "3-6,9");
  EXPECT_EQ(JobRanks("0,1,2").text(), "0-2");
  EXPECT_EQ(JobRanks("1-1").text(), "1");
}

TEST(JobRanks, what_is_no_list_of_ranks_is_an_error_that_quotes_the_part) {
  for (const char* wrong : {"x", "-1", "1-", "-", "1,,2", "1-2-3", "1.5", " 1", "2147483647"})
    EXPECT_THROW(JobRanks{wrong}, std::invalid_argument) << wrong;
  try {
    JobRanks("0,7-4");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "the range '7-4' ends before it begins");
  }
}

}  // namespace pylaunch::testing
