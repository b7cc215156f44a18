// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/timeline.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <string>
#include <thread>

namespace pylaunch::testing {

namespace {

double of(const PhaseSeconds& seconds, Phase phase) {
  return seconds[static_cast<std::size_t>(phase)];
}

void pass(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace

TEST(TimelineTest, time_goes_to_the_phase_entered_last) {
  Timeline timeline;
  pass(20);
  timeline.enter(Phase::collect);
  pass(40);
  timeline.enter(Phase::script);
  pass(10);
  const PhaseSeconds seconds = timeline.seconds();
  EXPECT_GE(of(seconds, Phase::mpi_init), 0.020);
  EXPECT_GE(of(seconds, Phase::collect), 0.040);
  EXPECT_GE(of(seconds, Phase::script), 0.010);
  EXPECT_EQ(of(seconds, Phase::broadcast), 0);
  EXPECT_EQ(of(seconds, Phase::finalise), 0);
}

TEST(TimelineTest, phase_has_the_name_of_the_one_entered_last) {
  Timeline timeline;
  EXPECT_STREQ(timeline.phase(), "MPI init");
  timeline.enter(Phase::broadcast);
  EXPECT_STREQ(timeline.phase(), "broadcast");
}

TEST(TimelineTest, phase_entered_twice_adds_up) {
  Timeline timeline;
  for (int i = 0; i < 2; ++i) {
    timeline.enter(Phase::collect);
    pass(20);
    timeline.enter(Phase::script);
  }
  EXPECT_GE(of(timeline.seconds(), Phase::collect), 0.040);
}

TEST(TimelineTest, moving_keeps_the_sum) {
  Timeline timeline;
  timeline.enter(Phase::script);
  pass(20);
  timeline.enter(Phase::finalise);
  const PhaseSeconds before = timeline.seconds();
  timeline.move(Phase::script, Phase::imports, 0.015);
  const PhaseSeconds after = timeline.seconds();
  EXPECT_NEAR(of(after, Phase::imports), 0.015, 1e-9);
  EXPECT_NEAR(of(after, Phase::script), of(before, Phase::script) - 0.015, 1e-9);
  const auto sum_of_ended = [](const PhaseSeconds& seconds) {
    return std::accumulate(seconds.begin(), seconds.end(), 0.0) - of(seconds, Phase::finalise);
  };
  EXPECT_NEAR(sum_of_ended(after), sum_of_ended(before), 1e-9);
}

TEST(TimelineTest, process_start_is_the_time_since_the_process_was_created) {
  pass(50);
  const double first = of(Timeline().seconds(), Phase::process_start);
  // The kernel gives the creation to a hundredth of a second.
  EXPECT_GE(first, 0.035);
  EXPECT_LT(first, 60);
  pass(50);
  EXPECT_GT(of(Timeline().seconds(), Phase::process_start), first + 0.03);
}

TEST(TimelineTest, every_phase_has_a_name_of_its_own) {
  const std::set<std::string> names(phase_names.begin(), phase_names.end());
  EXPECT_EQ(names.size(), phase_count);
  EXPECT_EQ(static_cast<std::size_t>(Phase::finalise) + 1, phase_count);
}

}  // namespace pylaunch::testing
