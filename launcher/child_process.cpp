// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <thread>

namespace pylaunch {

namespace {

bool belongs_to_mpi(std::string_view variable) {
  constexpr std::array<std::string_view, 5> prefixes = {"PMI_", "PMIX_", "PMI2_", "OMPI_",
                                                        "HYDRA_"};
  for (const std::string_view prefix : prefixes)
    if (variable.starts_with(prefix)) return true;
  return false;
}

std::vector<char*> environment_without_mpi() {
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (!belongs_to_mpi(*variable)) variables.push_back(*variable);
  variables.push_back(nullptr);
  return variables;
}

// Reads until the end or the deadline.
void read_until(int descriptor, std::string& output,
                std::chrono::steady_clock::time_point deadline) {
  char chunk[4096];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd waiting = {descriptor, POLLIN, 0};
    if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) == 0) return;
    const ssize_t count = read(descriptor, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    output.append(chunk, static_cast<std::size_t>(count));
  }
}

// The exit status; past the deadline the child is killed first.
int wait_until(pid_t child, std::chrono::steady_clock::time_point deadline) {
  int status = 0;
  for (bool killed = false;;) {
    const pid_t ended = waitpid(child, &status, killed ? 0 : WNOHANG);
    if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (ended < 0 && errno != EINTR) return -1;
    if (!killed && std::chrono::steady_clock::now() > deadline) {
      kill(child, SIGKILL);
      killed = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& arguments, std::chrono::seconds limit) {
  ChildResult result;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return result;
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  pid_t child = -1;
  const int error = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(),
                                environment_without_mpi().data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error == 0) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    read_until(ends[0], result.output, deadline);
    result.status = wait_until(child, deadline);
  }
  close(ends[0]);
  return result;
}

}  // namespace pylaunch
