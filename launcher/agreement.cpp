// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "bundle/support_api.h"
#include "launcher/error.hpp"

namespace pylaunch {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

// All ranks leave MPI_Init at about the same time. Long enough for many more ranks than processors.
constexpr std::chrono::seconds first_meeting_limit{120};

// Between two looks at a request. Yields first, for what is about to happen; then sleeps a part of
// the time that the wait has taken already: so it ends late by that part at most, and ranks that
// wait long, perhaps more of them than processors, do not keep those busy.
class Pause {
 public:
  void operator()() const {
    const Clock::duration waited = Clock::now() - since_;
    if (waited < microseconds(50)) return std::this_thread::yield();
    std::this_thread::sleep_for(std::min<Clock::duration>(waited / 4, microseconds(1000)));
  }

 private:
  Clock::time_point since_ = Clock::now();
};

}  // namespace

void wait_all(std::span<MPI_Request> requests, const char* during) {
  const Pause pause;
  for (int done = 0; done == 0;) {
    check_mpi(
        MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE),
        during);
    if (done == 0) pause();
  }
}

bool wait_for(MPI_Request& request, std::chrono::milliseconds limit, const char* during) {
  const auto deadline = Clock::now() + limit;
  const Pause pause;
  for (int done = 0; done == 0;) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), during);
    if (done != 0) break;
    if (Clock::now() > deadline) return false;
    pause();
  }
  return true;
}

void wait_for_first_meeting(MPI_Request& request, const char* during, const std::string& advice) {
  if (wait_for(request, first_meeting_limit, during)) return;
  throw LaunchError(
      PYLAUNCH_EXIT_SYSTEM, during,
      fmt::format("some ranks have not come within {} s. {}", first_meeting_limit.count(),
                  advice.empty() ? "If they are another program than pylaunch, name pylaunch's own "
                                   "ranks with --ranks; if they are not, look at their nodes"
                                 : advice));
}

int agree_on_largest(int value, const Communicator& ranks, const char* during) {
  int largest = value;
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallreduce(&value, &largest, 1, MPI_INT, MPI_MAX, ranks.get(), &request), during);
  wait_all({&request, 1}, during);
  return largest;
}

}  // namespace pylaunch
