// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace pylaunch {

void start_log(const std::string& level, int rank) {
  auto logger = spdlog::stderr_logger_mt("pylaunch");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
  set_log_rank(rank);
}

void set_log_rank(int rank) { spdlog::set_pattern(fmt::format("pylaunch: rank {}: %v", rank)); }

}  // namespace pylaunch
