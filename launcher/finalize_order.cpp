// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/finalize_order.hpp"

#include <mpi.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <chrono>
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

constexpr const char* during = "order of MPI_Finalize";

// Each rank that others send to has a descriptor for each of these, and perhaps a second one.
constexpr int fan_in = 256;

// For a rank that has a processor of its own, or its share of one.
constexpr std::chrono::milliseconds time_of_a_turn{20};

constexpr std::chrono::seconds finalize_limit{60};

void send_nothing(int to, const Communicator& all, std::vector<MPI_Request>& requests) {
  check_mpi(
      MPI_Isend(nullptr, 0, MPI_BYTE, to, 0, all.get(), &requests.emplace_back(MPI_REQUEST_NULL)),
      during);
}

void receive_nothing(int from, const Communicator& all, std::vector<MPI_Request>& requests) {
  check_mpi(
      MPI_Irecv(nullptr, 0, MPI_BYTE, from, 0, all.get(), &requests.emplace_back(MPI_REQUEST_NULL)),
      during);
}

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

FinalizeOrder::FinalizeOrder(const Communicator& all, const NodeTopology& nodes,
                             const JobRanks& ranks)
    : all_(all), ranks_here_(nodes.members.size()), has_others_(!ranks.are_all()) {
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
  const int rank = all_.rank();
  const int size = all_.size();
  const bool receives = rank % fan_in == 0;
  // Who has sent a message has a question to its receiver.
  std::vector<MPI_Request> requests;
  if (rank != 0) send_nothing(receives ? 0 : rank - rank % fan_in, all_, requests);
  for (int other = rank + 1; receives && other < std::min(rank + fan_in, size); ++other)
    receive_nothing(other, all_, requests);
  for (int other = fan_in; rank == 0 && other < size; other += fan_in)
    receive_nothing(other, all_, requests);
  wait_all(requests, during);
  const int last = size > fan_in ? 2 : 1;
  const int turn = rank == 0 ? last : receives ? 1 : 0;
  // Even the first does not begin while another may still be busy with the messages.
  const std::size_t processors = std::max(std::thread::hardware_concurrency(), 1u);
  const auto share = static_cast<int>((ranks_here_ + processors - 1) / processors);
  std::this_thread::sleep_for(time_of_a_turn * share * (turn + 1));
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
