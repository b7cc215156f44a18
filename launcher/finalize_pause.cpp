// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/finalize_pause.hpp"

#include <mpi.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

namespace pylaunch {

namespace {

// For a rank that has a processor of its own, or its share of one.
constexpr std::chrono::milliseconds time_to_leave_exchange{20};

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

FinalizePause::FinalizePause(bool may_use_network, std::size_t ranks_here)
    : may_use_network_(may_use_network), ranks_here_(ranks_here) {}

void FinalizePause::take() const {
  if (!may_use_network_) return;
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  if (MPI_Get_library_version(text, &length) != MPI_SUCCESS || !closes_before_meeting(text)) return;
  const std::size_t processors = std::max(std::thread::hardware_concurrency(), 1u);
  const std::size_t share = (ranks_here_ + processors - 1) / processors;
  std::this_thread::sleep_for(time_to_leave_exchange * share);
}

}  // namespace pylaunch
