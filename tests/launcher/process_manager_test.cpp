// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/process_manager.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace pylaunch::testing {

class ProcessManagerTest : public ::testing::Test {
 protected:
  ProcessManagerTest() {
    for (const char* name : {"PMI_RANK", "PMI_SIZE", "PMIX_RANK", "OMPI_COMM_WORLD_RANK",
                             "OMPI_COMM_WORLD_SIZE", "SLURM_PROCID"})
      unsetenv(name);
  }
};

TEST_F(ProcessManagerTest, nobody_says_anything_without_a_process_manager) {
  EXPECT_EQ(rank_before_mpi(), std::nullopt);
  EXPECT_EQ(size_before_mpi(), std::nullopt);
  EXPECT_TRUE(is_first_rank_or_alone());
}

TEST_F(ProcessManagerTest, rank_and_size_are_those_of_the_process_manager) {
  setenv("PMI_RANK", "3", 1);
  setenv("PMI_SIZE", "8", 1);
  EXPECT_EQ(rank_before_mpi(), 3);
  EXPECT_EQ(size_before_mpi(), 8);
  EXPECT_FALSE(is_first_rank_or_alone());
}

TEST_F(ProcessManagerTest, pmix_says_the_rank_only) {
  setenv("PMIX_RANK", "0", 1);
  EXPECT_EQ(rank_before_mpi(), 0);
  EXPECT_EQ(size_before_mpi(), std::nullopt);
  EXPECT_TRUE(is_first_rank_or_alone());
}

TEST_F(ProcessManagerTest, task_number_of_slurm_says_who_prints_but_is_no_rank) {
  setenv("SLURM_PROCID", "1", 1);
  EXPECT_EQ(rank_before_mpi(), std::nullopt);
  EXPECT_FALSE(is_first_rank_or_alone());
}

TEST_F(ProcessManagerTest, what_is_no_number_says_nothing) {
  for (const char* text : {"", "x", "1x", " 1", "99999999999999999999"}) {
    setenv("PMI_RANK", text, 1);
    EXPECT_EQ(rank_before_mpi(), std::nullopt) << text;
  }
}

}  // namespace pylaunch::testing
