// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/child_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

namespace {

ChildResult shell(const std::string& command, int seconds = 20) {
  return run_child({"/bin/sh", "-c", command}, std::chrono::seconds(seconds));
}

}  // namespace

TEST(ChildProcess, gives_output_and_status) {
  const ChildResult result = shell("echo one; echo two; exit 7");
  EXPECT_EQ(result.output, "one\ntwo\n");
  EXPECT_EQ(result.status, 7);
}

TEST(ChildProcess, output_longer_than_a_pipe_is_read_whole) {
  const ChildResult result = shell("head -c 1000000 /dev/zero");
  EXPECT_EQ(result.output.size(), 1'000'000u);
  EXPECT_EQ(result.status, 0);
}

TEST(ChildProcess, death_by_signal_is_128_and_its_number) {
  EXPECT_EQ(shell("kill -TERM $$").status, 143);
}

TEST(ChildProcess, program_that_is_not_there_is_no_exception) {
  EXPECT_NE(run_child({"/nonexistent/program"}, std::chrono::seconds(5)).status, 0);
}

TEST(ChildProcess, standard_input_is_empty) { EXPECT_EQ(shell("cat; echo end").output, "end\n"); }

TEST(ChildProcess, is_killed_past_the_limit) {
  const auto before = std::chrono::steady_clock::now();
  const ChildResult result = run_child({"/bin/sleep", "30"}, std::chrono::seconds(1));
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - before;
  EXPECT_EQ(result.status, 128 + 9);
  EXPECT_LT(elapsed.count(), 10);
}

TEST(ChildProcess, is_killed_past_the_limit_also_when_it_has_closed_its_output) {
  const auto before = std::chrono::steady_clock::now();
  const ChildResult result =
      run_child({"/bin/sh", "-c", "exec >&-; exec sleep 20"}, std::chrono::seconds(1));
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - before;
  EXPECT_EQ(result.status, 128 + 9);
  EXPECT_LT(elapsed.count(), 10);
}

// Seconds that a call takes.
template <typename Call>
double seconds_of(Call&& call) {
  const auto before = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

TEST(ChildProcess, what_it_leaves_running_is_not_waited_for) {
  ChildResult result;
  // It holds the pipe; of this test's own output it must not, which whoever runs the test waits
  // for.
  EXPECT_LT(seconds_of([&] { result = shell("sleep 15 2>&- & echo one; echo two"); }), 10);
  EXPECT_EQ(result.output, "one\ntwo\n");
  EXPECT_EQ(result.status, 0);
}

TEST(ChildProcess, is_killed_past_the_limit_also_when_a_signal_comes_meanwhile) {
  struct sigaction handler = {}, before = {};
  handler.sa_handler = [](int) {};  // without SA_RESTART
  sigaction(SIGALRM, &handler, &before);
  ChildResult result;
  ualarm(200'000, 0);
  EXPECT_LT(seconds_of([&] {
              result = run_child({"/bin/sleep", "15"}, std::chrono::seconds(1));
            }),
            10);
  EXPECT_EQ(result.status, 128 + 9);
  sigaction(SIGALRM, &before, nullptr);
}

TEST(ChildProcess, status_is_known_where_children_are_ignored) {
  auto* const before = signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(shell("echo one; exit 7").status, 7);
  EXPECT_EQ(signal(SIGCHLD, before), SIG_IGN) << "as the program is to find it";
}

TEST(ChildProcess, is_no_rank_of_the_job) {
  const ScopedVariable rank("PMI_RANK", "3");
  const ScopedVariable descriptor("PMI_FD", "9");
  const ScopedVariable pmix("PMIX_RANK", "3");
  const ScopedVariable open_mpi("OMPI_COMM_WORLD_RANK", "3");
  const ScopedVariable hydra("HYDI_CONTROL_FD", "5");
  const ScopedVariable ordinary("PYTHONPATH", "/kept");
  const std::string output = shell("env").output;
  for (const char* name : {"PMI_RANK", "PMI_FD", "PMIX_RANK", "OMPI_COMM_WORLD_RANK"})
    EXPECT_EQ(output.find(std::string(name) + "="), std::string::npos) << name;
  EXPECT_NE(output.find("PYTHONPATH=/kept"), std::string::npos);
}

TEST(ChildProcess, inherits_no_descriptor_of_the_launcher) {
  int inherited = 0;  // by this test, from whoever runs it
  for (int descriptor = 3; descriptor < 1024; ++descriptor) {
    const int flags = fcntl(descriptor, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) ++inherited;
  }
  // Besides 0, 1 and 2, and at most two that the shell opens itself.
  const ChildResult result = shell("ls /proc/$$/fd | wc -l");
  EXPECT_LE(std::stoi(result.output), inherited + 5);
}

}  // namespace pylaunch::testing
