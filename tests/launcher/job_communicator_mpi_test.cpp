// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "bundle/support_api.h"
#include "launcher/agreement.hpp"
#include "launcher/error.hpp"
#include "launcher/job_communicator.hpp"

namespace pylaunch::testing {

class JobCommunicatorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }

  static int status_of(const JobRanks& ranks, const Place& place) {
    try {
      join_job(ranks, place);
      return 0;
    } catch (const LaunchError& error) {
      return error.status();
    }
  }

  Place place() const { return {rank_, size_}; }

  int rank_ = 0;
  int size_ = 1;
};

TEST_F(JobCommunicatorTest, all_ranks_are_the_job_unless_some_are_named) {
  const Communicator job = join_job({}, place());
  EXPECT_EQ(job.size(), size_);
  EXPECT_EQ(job.rank(), rank_);
}

TEST_F(JobCommunicatorTest, named_ranks_meet_without_the_others) {
  if (rank_ == 0 && size_ > 1) return;  // another program, which does not come
  const std::string named = size_ > 1 ? fmt::format("1-{}", size_ - 1) : "0";
  const Communicator job = join_job(JobRanks(named), place());
  EXPECT_EQ(job.size(), std::max(size_ - 1, 1));
  EXPECT_EQ(job.rank(), std::max(rank_ - 1, 0));
  EXPECT_EQ(agree_on_largest(rank_, job, "test"), size_ - 1);
}

TEST_F(JobCommunicatorTest, several_jobs_meet_at_the_same_time) {
  std::string named[2];
  for (int i = 0; i < size_; ++i) {
    std::string& list = named[i % 2];
    if (!list.empty()) list += ',';
    list += std::to_string(i);
  }
  const Communicator job = join_job(JobRanks(named[rank_ % 2]), place());
  EXPECT_EQ(job.rank(), rank_ / 2);
  EXPECT_EQ(agree_on_largest(rank_ % 2, job, "test"), rank_ % 2);
}

TEST_F(JobCommunicatorTest, list_that_cannot_be_right_is_refused_without_a_message) {
  EXPECT_EQ(status_of(JobRanks(std::to_string(size_)), place()), PYLAUNCH_EXIT_USAGE);
  EXPECT_EQ(status_of(JobRanks(std::to_string(rank_ + 1)), {rank_, size_ + 1}),
            PYLAUNCH_EXIT_USAGE);
}

}  // namespace pylaunch::testing
