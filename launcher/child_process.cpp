// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <thread>

namespace pylaunch {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

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

// A process that was started with SIGCHLD ignored, as some daemons start their jobs, is not told
// how its children have ended.
class ChildrenAreTold {
 public:
  ChildrenAreTold() {
    struct sigaction usual = {};
    usual.sa_handler = SIG_DFL;
    if (sigaction(SIGCHLD, nullptr, &before_) != 0) return;
    const bool is_untold = before_.sa_handler == SIG_IGN || (before_.sa_flags & SA_NOCLDWAIT) != 0;
    is_changed_ = is_untold && sigaction(SIGCHLD, &usual, nullptr) == 0;
  }
  ~ChildrenAreTold() {
    if (is_changed_) sigaction(SIGCHLD, &before_, nullptr);
  }
  ChildrenAreTold(const ChildrenAreTold&) = delete;
  ChildrenAreTold& operator=(const ChildrenAreTold&) = delete;

 private:
  struct sigaction before_ = {};
  bool is_changed_ = false;
};

class Child {
 public:
  explicit Child(pid_t number) : number_(number) {}
  void end() const { kill(number_, SIGKILL); }
  // Does not wait.
  bool has_ended() {
    if (has_ended_) return true;
    int status = 0;
    const pid_t ended = waitpid(number_, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
    if (ended == number_)
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return has_ended_ = true;
  }
  int status() const { return status_; }

 private:
  pid_t number_;
  bool has_ended_ = false;
  int status_ = -1;
};

// What comes within `limit` is added to the output. How much that was; nullopt at the end.
std::optional<std::size_t> read_some(int descriptor, std::string& output, milliseconds limit) {
  pollfd waiting = {descriptor, POLLIN, 0};
  const int ready = poll(&waiting, 1, static_cast<int>(limit.count()));
  if (ready == 0 || (ready < 0 && errno == EINTR)) return 0;
  char chunk[4096];
  const ssize_t count = ready < 0 ? -1 : read(descriptor, chunk, sizeof chunk);
  if (count < 0 && errno == EINTR) return 0;
  if (count <= 0) return std::nullopt;
  output.append(chunk, static_cast<std::size_t>(count));
  return static_cast<std::size_t>(count);
}

// Reads until the end, the deadline, or the end of the child: what that has left running in the
// background may hold the other end of the pipe for long.
void read_until(Child& child, int descriptor, std::string& output, Clock::time_point deadline) {
  constexpr milliseconds look_interval{50};
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return;
    const bool has_ended = child.has_ended();
    const auto count =
        read_some(descriptor, output, has_ended ? milliseconds(0) : std::min(left, look_interval));
    if (!count || (has_ended && *count == 0)) return;
  }
}

// Past the deadline the child is killed.
void wait_until(Child& child, Clock::time_point deadline) {
  while (!child.has_ended()) {
    if (Clock::now() > deadline) child.end();
    std::this_thread::sleep_for(milliseconds(1));
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
  const ChildrenAreTold told;
  pid_t number = -1;
  const int error = posix_spawn(&number, argv[0], &actions, nullptr, argv.data(),
                                environment_without_mpi().data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error == 0) {
    const Clock::time_point deadline = Clock::now() + limit;
    Child child(number);
    read_until(child, ends[0], result.output, deadline);
    wait_until(child, deadline);
    result.status = child.status();
  }
  close(ends[0]);
  return result;
}

}  // namespace pylaunch
