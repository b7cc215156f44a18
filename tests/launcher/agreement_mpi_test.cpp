// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <time.h>

#include <thread>

#include "launcher/agreement.hpp"
#include "launcher/prepared_job.hpp"

namespace pylaunch::testing {

using std::chrono::milliseconds;

class AgreementTest : public ::testing::Test {
 protected:
  int rank() const { return all_.rank(); }
  int size() const { return all_.size(); }
  Communicator all_ = Communicator::duplicate_world();
};

TEST_F(AgreementTest, every_rank_learns_the_largest_value) {
  EXPECT_EQ(agree_on_largest(rank(), all_, "test"), size() - 1);
  EXPECT_EQ(agree_on_largest(rank() == 0 ? 7 : 0, all_, "test"), 7);
  EXPECT_EQ(agree_on_largest(0, all_, "test"), 0);
}

TEST_F(AgreementTest, waiting_for_one_that_does_not_come_ends_at_the_limit) {
  if (size() == 1) return;  // nobody to wait for
  MPI_Request request = MPI_REQUEST_NULL;
  const int last = size() - 1;  // comes when the others have waited in vain
  for (int other = 0; rank() == last && other < last; ++other)
    MPI_Recv(nullptr, 0, MPI_BYTE, other, 0, all_.get(), MPI_STATUS_IGNORE);
  ASSERT_EQ(MPI_Ibarrier(all_.get(), &request), MPI_SUCCESS);
  if (rank() != last) {
    EXPECT_FALSE(wait_for(request, milliseconds(100), "test"));
    EXPECT_NE(request, MPI_REQUEST_NULL);
    MPI_Send(nullptr, 0, MPI_BYTE, last, 0, all_.get());
  }
  EXPECT_TRUE(wait_for(request, milliseconds(20'000), "test"));
}

TEST_F(AgreementTest, waiting_ranks_leave_the_processor_to_others) {
  if (size() == 1) return;
  MPI_Barrier(all_.get());
  timespec before = {}, after = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
  if (rank() == 0) std::this_thread::sleep_for(milliseconds(1000));
  agree_on_largest(0, all_, "test");
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
  const double busy = static_cast<double>(after.tv_sec - before.tv_sec) +
                      static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e9;
  EXPECT_LT(busy, 0.5) << "seconds of processor time in a wait of one second";
}

TEST_F(AgreementTest, header_of_rank_0_reaches_every_rank) {
  PreparedJob job;
  if (rank() == 0)
    job.header = {"/venv/bin/python3", "/usr/lib/libpython3.11.so.1.0", "/opt/support.so",
                  "/opt/names.so"};
  const JobHeader header = agree_to_start(job, all_);
  EXPECT_EQ(header.libpython_names, "/opt/names.so");
  EXPECT_EQ(header.executable, "/venv/bin/python3");
  EXPECT_EQ(header.libpython, "/usr/lib/libpython3.11.so.1.0");
  EXPECT_EQ(header.support_library, "/opt/support.so");
}

TEST_F(AgreementTest, failure_of_rank_0_ends_every_rank_with_its_status) {
  for (const int status : {69, 1, 0}) {
    PreparedJob job;
    if (rank() == 0) job.ends_with = status;
    try {
      agree_to_start(job, all_);
      ADD_FAILURE() << "went on after status " << status;
    } catch (const AgreedEnd& end) {
      EXPECT_EQ(end.status, status);
    }
  }
}

}  // namespace pylaunch::testing
