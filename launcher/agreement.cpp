// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/agreement.hpp"

#include <algorithm>
#include <thread>

#include "launcher/error.hpp"

namespace pylaunch {

namespace {

using std::chrono::microseconds;

// Yields first, for what is about to happen; then sleeps, longer and longer. The longest pause is
// what a wait may end too late by: a tenth of a millisecond while data moves (MPI moves it only
// when asked), a millisecond while another rank computes.
class Pause {
 public:
  explicit Pause(microseconds longest) : longest_(longest) {}
  void operator()() {
    if (++count_ < 200) return std::this_thread::yield();
    std::this_thread::sleep_for(length_);
    length_ = std::min(length_ * 2, longest_);
  }

 private:
  int count_ = 0;
  microseconds length_{20};
  microseconds longest_;
};

}  // namespace

void wait_all(std::span<MPI_Request> requests, const char* during) {
  Pause pause(microseconds(100));
  for (int done = 0; done == 0;) {
    check_mpi(
        MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE),
        during);
    if (done == 0) pause();
  }
}

bool wait_for(MPI_Request& request, std::chrono::milliseconds limit, const char* during) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  Pause pause(microseconds(1000));
  for (int done = 0; done == 0;) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), during);
    if (done != 0) break;
    if (std::chrono::steady_clock::now() > deadline) return false;
    pause();
  }
  return true;
}

int agree_on_largest(int value, const Communicator& ranks, const char* during) {
  int largest = value;
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallreduce(&value, &largest, 1, MPI_INT, MPI_MAX, ranks.get(), &request), during);
  wait_all({&request, 1}, during);
  return largest;
}

}  // namespace pylaunch
