// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "launcher/error.hpp"
#include "launcher/gather.hpp"

namespace pylaunch::testing {

namespace {

class GatherTest : public ::testing::Test {
 protected:
  static std::string text_of(int rank) {
    return rank == 1 ? ""
                     : std::string(static_cast<std::size_t>(3 + rank), 'a') + std::to_string(rank);
  }

  std::vector<std::string> gather(const std::string& mine, std::int64_t at_once) {
    const int length = gathered_length(mine, at_once);
    std::vector<int> lengths(static_cast<std::size_t>(all_.size()));
    check_mpi(MPI_Allgather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, all_.get()), "test");
    return gather_strings(mine, lengths, all_, "test", at_once);
  }

  void expect_all(std::int64_t at_once) {
    const auto strings = gather(text_of(all_.rank()), at_once);
    const int expected = all_.rank() == 0 ? all_.size() : 0;
    ASSERT_EQ(strings.size(), static_cast<std::size_t>(expected));
    for (int rank = 0; rank < expected; ++rank)
      EXPECT_EQ(strings[static_cast<std::size_t>(rank)], text_of(rank)) << at_once;
  }

  Communicator all_ = Communicator::duplicate_world();
};

}  // namespace

TEST_F(GatherTest, strings_arrive_in_the_order_of_the_ranks) { expect_all(gathered_at_once); }

TEST_F(GatherTest, what_is_too_much_for_one_message_comes_in_turns) {
  for (const std::int64_t at_once : {8, 9, 10, 15}) expect_all(at_once);
}

TEST_F(GatherTest, string_above_the_limit_arrives_empty) {
  const std::string mine(all_.rank() == 0 ? 5 : 11, 'x');
  const auto strings = gather(mine, 10);
  for (std::size_t rank = 0; rank < strings.size(); ++rank)
    EXPECT_EQ(strings[rank].size(), rank == 0 ? 5u : 0u);
}

TEST_F(GatherTest, nobody_waits_for_empty_strings) {
  // Not collective then: one rank alone comes through.
  if (all_.rank() != 0) return;
  const std::vector<int> lengths(static_cast<std::size_t>(all_.size()));
  EXPECT_EQ(gather_strings("", lengths, all_, "test").size(), lengths.size());
}

}  // namespace pylaunch::testing
