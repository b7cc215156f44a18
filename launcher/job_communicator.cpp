// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/job_communicator.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bundle/support_api.h"
#include "launcher/agreement.hpp"
#include "launcher/error.hpp"
#include "launcher/node_topology.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pylaunch {

namespace {

constexpr const char* during = "meeting of the ranks of --ranks";
// On MPI_COMM_WORLD, before the program starts, and from a rank of pylaunch to another: no message
// of a program can meet these.
constexpr int up = 20'577, down = 20'578;

// A binary tree of messages over MPI_COMM_WORLD, in which a rank waits for those only that it
// names. Making the communicator has no limit of time: before that all have to be known to be
// there.
class Meeting {
 public:
  Meeting(const JobRanks& ranks, int job_rank, int size)
      : ranks_(ranks), job_rank_(job_rank), size_(size) {}

  void hold() {
    const std::string text = ranks_.text();
    const std::uint64_t mine = XXH3_64bits(text.data(), text.size());
    for (const int child : {2 * job_rank_ + 1, 2 * job_rank_ + 2})
      if (child < size_) require_equal(receive(child, up), mine, child);
    const int parent = (job_rank_ - 1) / 2;
    if (job_rank_ > 0) {
      send(mine, parent, up);
      require_equal(receive(parent, down), mine, parent);
    }
    for (const int child : {2 * job_rank_ + 1, 2 * job_rank_ + 2})
      if (child < size_) send(mine, child, down);
  }

 private:
  std::uint64_t receive(int from, int tag) {
    std::uint64_t value = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(
        MPI_Irecv(&value, 1, MPI_UINT64_T, ranks_.world_rank(from), tag, MPI_COMM_WORLD, &request),
        during);
    wait_for_first_meeting(
        request, during,
        fmt::format("If not all of the ranks {} run pylaunch, --ranks is wrong; else look at their "
                    "nodes",
                    ranks_.text()));
    return value;
  }

  void send(const std::uint64_t& value, int to, int tag) {
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(
        MPI_Isend(&value, 1, MPI_UINT64_T, ranks_.world_rank(to), tag, MPI_COMM_WORLD, &request),
        during);
    wait_for_first_meeting(request, during);
  }

  void require_equal(std::uint64_t theirs, std::uint64_t mine, int other) {
    if (theirs == mine) return;
    throw LaunchError(PYLAUNCH_EXIT_USAGE, during,
                      fmt::format("rank {} has another --ranks than {}; all ranks of the job have "
                                  "to name the same",
                                  ranks_.world_rank(other), ranks_.text()));
  }

  const JobRanks& ranks_;
  int job_rank_, size_;
};

void require_possible(const JobRanks& ranks, const Place& mine) {
  if (ranks.last() >= mine.size)
    throw LaunchError(PYLAUNCH_EXIT_USAGE, during,
                      fmt::format("--ranks={} names rank {}, but MPI_COMM_WORLD has {} ranks",
                                  ranks.text(), ranks.last(), mine.size));
  if (!ranks.job_rank(mine.rank))
    throw LaunchError(PYLAUNCH_EXIT_USAGE, during,
                      fmt::format("--ranks={} does not name rank {} of MPI_COMM_WORLD, on which "
                                  "pylaunch runs as well",
                                  ranks.text(), mine.rank));
}

}  // namespace

Communicator join_job(const JobRanks& ranks, const Place& mine) {
  if (ranks.are_all()) return Communicator::duplicate_world();
  require_possible(ranks, mine);
  const int size = ranks.count(mine.size);
  Meeting(ranks, *ranks.job_rank(mine.rank), size).hold();
  std::vector<int> members;
  for (int i = 0; i < size; ++i) members.push_back(ranks.world_rank(i));
  Communicator job = make_group(MPI_COMM_WORLD, members);
  check_mpi(MPI_Comm_set_errhandler(job.get(), MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return job;
}

}  // namespace pylaunch
