// SPDX-License-Identifier: BSD-3-Clause
//
// Aggregates: what all ranks measured and used, on rank 0.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/mpi_environment.hpp"
#include "launcher/timeline.hpp"

namespace pylaunch {

// One rank in numbers.
struct RankSummary {
  int rank = 0;  // of MPI_COMM_WORLD
  PhaseSeconds phases = {};
  std::uint64_t modules_from_memory = 0;
  std::uint64_t modules_from_files = 0;
  std::uint64_t built_in_modules = 0;
  std::uint64_t misses = 0;  // files and names that had to be asked of the file system
};

// A file that programs opened themselves, below the folders that Python reads from.
struct OpenedFile {
  std::uint64_t times = 0;  // over all ranks
  std::uint64_t ranks = 0;  // that opened it
};

struct JobRecord {
  int slowest_rank() const { return slowest < ranks.size() ? ranks[slowest].rank : 0; }

  std::vector<RankSummary> ranks;
  std::vector<bool> used;        // bundle entries that any rank used
  std::set<std::string> wanted;  // manifest lines of what any rank missed
  std::map<std::string, OpenedFile> opened;
  std::set<std::string> written;        // files of the bundle that any rank changed
  std::size_t slowest = 0;              // in `ranks`; by time up to the end of the imports
  nlohmann::json slowest_modules;       // that rank's modules with their times
  std::vector<nlohmann::json> records;  // every rank's, when asked for
};

// Start-up: everything but the script itself and the end.
double startup_seconds(const PhaseSeconds& phases);

// What one rank's record says of its files; all else is left empty.
JobRecord own_record(std::string_view record, std::size_t entries);

// Collective. `record` is the support library's, `entries` the number of entries in the bundle.
// The result is whole on rank 0 only. Throws LaunchError.
JobRecord gather_records(std::string_view record, const PhaseSeconds& phases, std::size_t entries,
                         bool everything, const Communicator& all);

}  // namespace pylaunch
