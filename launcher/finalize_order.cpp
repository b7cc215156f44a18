// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/finalize_order.hpp"

#include <mpi.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <system_error>
#include <thread>
#include <vector>

#include "bundle/support_api.h"
#include "launcher/agreement.hpp"
#include "launcher/error.hpp"
#include "launcher/written_output.hpp"

namespace pylaunch {

namespace {

using std::chrono::milliseconds;

constexpr const char* during = "order of MPI_Finalize";

// Each rank that others send to has a descriptor for each of these, and perhaps a second one.
constexpr int most_connections = 256;

// Between those that begin and the next. Where it takes longer until all have come, ranks wait for
// a processor, and may do so again.
constexpr milliseconds shortest_turn{20};
constexpr milliseconds longest_turn{1000};

constexpr std::chrono::seconds finalize_limit{60};

constexpr int first_that_meets[2] = {4, 2};

bool is_before_first_that_meets(std::string_view version) {
  for (const int wanted : first_that_meets) {
    int number = 0;
    const auto [end, error] =
        std::from_chars(version.data(), version.data() + version.size(), number);
    if (error != std::errc()) return false;
    if (number != wanted) return number < wanted;
    version.remove_prefix(static_cast<std::size_t>(end - version.data()));
    if (version.starts_with('.')) version.remove_prefix(1);
  }
  return false;
}

// The ranks that send to this one, and that it sends to: two levels of a tree at most.
std::vector<int> followers(int rank, int size, int fan_in) {
  std::vector<int> others;
  if (rank % fan_in != 0) return others;
  for (int other = rank + 1; other < std::min(rank + fan_in, size); ++other)
    others.push_back(other);
  for (int other = fan_in; rank == 0 && other < size; other += fan_in) others.push_back(other);
  return others;
}

}  // namespace

bool closes_before_meeting(std::string_view library_version) {
  constexpr std::string_view name = "MPICH Version:";
  if (!library_version.starts_with(name) || library_version.find("ch4:ucx") == library_version.npos)
    return false;
  library_version.remove_prefix(name.size());
  library_version.remove_prefix(
      std::min(library_version.find_first_not_of(" \t"), library_version.size()));
  return is_before_first_that_meets(library_version);
}

milliseconds meet_for_finalize(const Communicator& all, int fan_in) {
  const int rank = all.rank();
  const int leader = rank % fan_in == 0 ? 0 : rank - rank % fan_in;
  const std::vector<int> others = followers(rank, all.size(), fan_in);
  std::vector<MPI_Request> requests(others.size(), MPI_REQUEST_NULL);
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < others.size(); ++i)
    check_mpi(MPI_Irecv(nullptr, 0, MPI_BYTE, others[i], 0, all.get(), &requests[i]), during);
  wait_all(requests, during);
  const auto taken = std::chrono::steady_clock::now() - begin;
  std::int64_t turn =
      std::clamp(std::chrono::ceil<milliseconds>(2 * taken), shortest_turn, longest_turn).count();
  if (rank != 0) {
    MPI_Request own[2] = {MPI_REQUEST_NULL, MPI_REQUEST_NULL};
    check_mpi(MPI_Irecv(&turn, 1, MPI_INT64_T, leader, 0, all.get(), &own[0]), during);
    check_mpi(MPI_Isend(nullptr, 0, MPI_BYTE, leader, 0, all.get(), &own[1]), during);
    wait_all(own, during);
  }
  for (std::size_t i = 0; i < others.size(); ++i)
    check_mpi(MPI_Isend(&turn, 1, MPI_INT64_T, others[i], 0, all.get(), &requests[i]), during);
  wait_all(requests, during);
  return milliseconds(turn);
}

FinalizeOrder::FinalizeOrder(const Communicator& all, const NodeTopology& nodes,
                             const JobRanks& ranks)
    : all_(all), has_others_(!ranks.are_all()) {
  // On one machine the ranks share memory, unless somebody has chosen otherwise.
  const bool may_use_network = nodes.machine_count > 1 || has_others_ ||
                               (all.size() > 1 && std::getenv("UCX_TLS") != nullptr);
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  check_mpi(MPI_Get_library_version(text, &length), "MPI_Get_library_version");
  is_needed_ = may_use_network && closes_before_meeting(text);
}

void FinalizeOrder::prepare() {
  if (!is_needed_) return;
  take_turn();
  if (!has_others_) limit_time();
}

void FinalizeOrder::take_turn() const {
  const milliseconds turn = meet_for_finalize(all_, most_connections);
  const int rank = all_.rank();
  const int turns_before =
      rank == 0 ? (all_.size() > most_connections ? 2 : 1) : (rank % most_connections == 0 ? 1 : 0);
  // Not even the first begins while another may still be busy with the messages.
  std::this_thread::sleep_for(turn * (turns_before + 1));
}

void FinalizeOrder::limit_time() {
  const bool speaks = all_.rank() == 0;  // all wait, and one message is enough
  const auto give_up = [speaks] {
    int finalized = 0;
    if (MPI_Finalized(&finalized) == MPI_SUCCESS && finalized != 0) return;
    if (speaks)
      spdlog::error(
          "MPI_Finalize has not ended within {} s, though all ranks are there; ending the job",
          finalize_limit.count());
    wait_for_written_output();
    std::_Exit(PYLAUNCH_EXIT_SYSTEM);  // within MPI_Finalize there is no MPI_Abort any more
  };
  try {
    limit_.emplace(speaks ? finalize_limit : finalize_limit + std::chrono::seconds(5), give_up);
  } catch (const std::system_error&) {
    spdlog::debug("no thread is to be had to watch MPI_Finalize");
  }
}

}  // namespace pylaunch
