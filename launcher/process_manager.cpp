// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/process_manager.hpp"

#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

namespace pylaunch {

namespace {

// The number in the first of these variables that is set to one.
std::optional<int> first_number(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value == nullptr) continue;
    const std::string_view text = value;
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  return std::nullopt;
}

}  // namespace

std::optional<int> rank_before_mpi() {
  return first_number({"PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK"});
}

std::optional<int> size_before_mpi() { return first_number({"PMI_SIZE", "OMPI_COMM_WORLD_SIZE"}); }

bool is_first_rank_or_alone() {
  // Slurm's variable is no rank of MPI in a batch script, but good enough for who prints.
  const std::optional<int> task = first_number({"SLURM_PROCID"});
  return rank_before_mpi().value_or(task.value_or(0)) == 0;
}

}  // namespace pylaunch
