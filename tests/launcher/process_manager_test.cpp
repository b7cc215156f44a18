// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/process_manager.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace pylaunch::testing {

class ProcessManagerTest : public ::testing::Test {
 protected:
  ProcessManagerTest() {
    for (const char* name :
         {"PMI_RANK", "PMI_SIZE", "PMI_FD", "PMI_PORT", "PMIX_RANK", "PMIX_NAMESPACE",
          "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS",
          "SLURM_STEP_LAUNCHER_PORT", "SLURM_LOCALID", "MPI_LOCALRANKID",
          "OMPI_COMM_WORLD_LOCAL_RANK", "PALS_LOCAL_RANKID", "FLUX_TASK_LOCAL_ID"})
      unsetenv(name);
  }
  static void start_step_of_four() {
    setenv("SLURM_PROCID", "0", 1);
    setenv("SLURM_STEP_NUM_TASKS", "4", 1);
    setenv("SLURM_STEP_LAUNCHER_PORT", "40000", 1);
  }
  static int promised() { return promised_size().value_or(PromisedSize{"", 0}).ranks; }
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

TEST_F(ProcessManagerTest, rank_among_those_of_the_machine_is_that_of_the_process_manager) {
  EXPECT_EQ(local_rank_before_mpi(), std::nullopt);
  setenv("SLURM_LOCALID", "2", 1);
  EXPECT_EQ(local_rank_before_mpi(), 2);
  setenv("MPI_LOCALRANKID", "1", 1);
  EXPECT_EQ(local_rank_before_mpi(), 1);
}

TEST_F(ProcessManagerTest, what_is_no_number_says_nothing) {
  for (const char* text : {"", "x", "1x", " 1", "99999999999999999999"}) {
    setenv("PMI_RANK", text, 1);
    EXPECT_EQ(rank_before_mpi(), std::nullopt) << text;
  }
}

TEST_F(ProcessManagerTest, size_is_promised_by_what_is_about_this_process) {
  EXPECT_EQ(promised(), 0);
  setenv("PMI_SIZE", "3", 1);
  setenv("OMPI_COMM_WORLD_SIZE", "5", 1);
  EXPECT_EQ(promised(), 0);
  setenv("PMIX_RANK", "0", 1);
  EXPECT_EQ(promised(), 5);
  setenv("PMI_FD", "7", 1);
  EXPECT_EQ(promised(), 3);
}

TEST_F(ProcessManagerTest, step_of_slurm_promises_its_tasks) {
  start_step_of_four();
  EXPECT_EQ(promised(), 4);
}

TEST_F(ProcessManagerTest, mpiexec_inside_of_a_step_promises_its_own_ranks) {
  start_step_of_four();
  setenv("PMI_FD", "7", 1);
  setenv("PMI_SIZE", "1", 1);
  EXPECT_EQ(promised(), 0);
  unsetenv("PMI_FD");
  setenv("PMIX_NAMESPACE", "x", 1);
  setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
  EXPECT_EQ(promised(), 0);
}

TEST_F(ProcessManagerTest, step_of_slurm_promises_nothing_to_children) {
  start_step_of_four();
  disconnect_children();
  EXPECT_EQ(promised(), 0);
  EXPECT_STREQ(getenv("SLURM_STEP_NUM_TASKS"), "4") << "programs ask it";
  start_step_of_four();  // another srun, of a child's
  EXPECT_EQ(promised(), 4);
}

}  // namespace pylaunch::testing
