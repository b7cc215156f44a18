// SPDX-License-Identifier: BSD-3-Clause
#include "embed/foreign_signal_handlers.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace pylaunch::embed::testing {

void of_the_library(int) {}
void with_information(int, siginfo_t*, void*) {}
void of_the_interpreter(int) {}

struct sigaction action_of(int number) {
  struct sigaction action = {};
  EXPECT_EQ(sigaction(number, nullptr, &action), 0);
  return action;
}

TEST(ForeignSignalHandlers, are_the_default_for_whoever_looks_meanwhile) {
  signal(SIGUSR1, of_the_library);
  const ForeignSignalHandlers handlers;
  EXPECT_EQ(action_of(SIGUSR1).sa_handler, SIG_DFL);
}

TEST(ForeignSignalHandlers, come_back_with_their_flags_and_masks) {
  struct sigaction library = {};
  library.sa_sigaction = with_information;
  library.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaddset(&library.sa_mask, SIGUSR2);
  ASSERT_EQ(sigaction(SIGUSR1, &library, nullptr), 0);
  { const ForeignSignalHandlers handlers; }
  const struct sigaction now = action_of(SIGUSR1);
  EXPECT_EQ(now.sa_sigaction, with_information);
  EXPECT_EQ(now.sa_flags & (SA_SIGINFO | SA_RESTART), SA_SIGINFO | SA_RESTART);
  EXPECT_EQ(sigismember(&now.sa_mask, SIGUSR2), 1);
}

TEST(ForeignSignalHandlers, make_way_for_those_that_were_set_meanwhile) {
  signal(SIGUSR1, of_the_library);
  signal(SIGHUP, of_the_library);
  {
    const ForeignSignalHandlers handlers;
    signal(SIGUSR1, of_the_interpreter);
    signal(SIGHUP, SIG_IGN);
  }
  EXPECT_EQ(action_of(SIGUSR1).sa_handler, of_the_interpreter);
  EXPECT_EQ(action_of(SIGHUP).sa_handler, SIG_IGN);
}

TEST(ForeignSignalHandlers, leave_ignored_and_untouched_signals_as_they_are) {
  signal(SIGHUP, SIG_DFL);
  signal(SIGUSR1, SIG_IGN);
  std::optional<ForeignSignalHandlers> handlers(std::in_place);
  EXPECT_EQ(action_of(SIGUSR1).sa_handler, SIG_IGN);
  EXPECT_EQ(action_of(SIGHUP).sa_handler, SIG_DFL);
  handlers.reset();
  EXPECT_EQ(action_of(SIGUSR1).sa_handler, SIG_IGN);
  EXPECT_EQ(action_of(SIGHUP).sa_handler, SIG_DFL);
}

TEST(ForeignSignalHandlers, of_a_profiler_stay_where_they_are) {
  for (const int number : {SIGPROF, SIGALRM, SIGVTALRM, SIGIO, SIGRTMIN}) {
    signal(number, of_the_library);
    const ForeignSignalHandlers handlers;
    EXPECT_EQ(action_of(number).sa_handler, of_the_library) << number;
    signal(number, SIG_IGN);
  }
}

}  // namespace pylaunch::embed::testing
