// SPDX-License-Identifier: BSD-3-Clause
//
// Which ranks of MPI_COMM_WORLD are pylaunch's job: all, or those that --ranks names, when other
// programs run beside it (`mpiexec -n 4 ./solver : -n 60 pylaunch --ranks=4-63 a.py`). MPI does not
// tell a rank which others were started with the same program.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pylaunch {

class JobRanks {
 public:
  // All ranks.
  JobRanks() = default;

  // Ranks and ranges with commas, such as "4-63" or "0,4-63", in any order. Throws
  // std::invalid_argument, whose text says what is wrong.
  explicit JobRanks(const std::string& list);

  bool are_all() const { return ranges_.empty(); }

  // The rank in the job of a rank of MPI_COMM_WORLD, and the other way round. nullopt: not of the
  // job.
  std::optional<int> job_rank(int world_rank) const;
  int world_rank(int job_rank) const;

  // How many, in a world of this size.
  int count(int world_size) const;

  // The largest that is named; -1 for all.
  int last() const { return ranges_.empty() ? -1 : ranges_.back().second; }

  // "4-63"; equal for equal sets.
  std::string text() const;

 private:
  std::vector<std::pair<int, int>> ranges_;  // first and last, ascending, with gaps between them
};

}  // namespace pylaunch
