// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/written_output.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

namespace pylaunch {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A reader that takes longer than both together is no mpiexec that is merely late.
constexpr milliseconds limit_for_each{500};

bool has_reader(int descriptor) {
  pollfd asked = {descriptor, 0, 0};
  return poll(&asked, 1, 0) == 0;  // else: an error, or the other end is closed
}

// How many bytes are on their way.
int unread(int descriptor) {
  struct stat status = {};
  if (fstat(descriptor, &status) != 0) return 0;
  const bool is_pipe = S_ISFIFO(status.st_mode);
  if (!is_pipe && !S_ISSOCK(status.st_mode)) return 0;
  int bytes = 0;
  return ioctl(descriptor, is_pipe ? FIONREAD : TIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

}  // namespace

void wait_until_read(int descriptor, milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  while (unread(descriptor) > 0 && has_reader(descriptor) && Clock::now() < deadline)
    std::this_thread::sleep_for(milliseconds(1));
}

void wait_for_written_output() {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO})
    wait_until_read(descriptor, limit_for_each);
}

}  // namespace pylaunch
