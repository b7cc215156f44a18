// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <cstring>

namespace pylaunch {

void start_log(const std::string& level, int rank) {
  auto logger = spdlog::stderr_logger_mt("pylaunch");
  logger->set_pattern(fmt::format("pylaunch: rank {}: %v", rank));
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

bool is_first_rank_or_alone() {
  for (const char* name : {"PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID"}) {
    const char* value = std::getenv(name);
    if (value != nullptr) return std::strcmp(value, "0") == 0;
  }
  return true;
}

}  // namespace pylaunch
