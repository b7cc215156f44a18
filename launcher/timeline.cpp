// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/timeline.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace pylaunch {

namespace {

std::size_t index_of(Phase phase) { return static_cast<std::size_t>(phase); }

// Field 22 of /proc/self/stat: clock ticks from boot to the creation of this process. A tick is
// 10 ms; 0 when it cannot be read.
double seconds_since_creation() {
  std::ifstream stream("/proc/self/stat");
  std::string text;
  std::getline(stream, text);
  // The name of the command, in parentheses, may hold blanks.
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double created_ticks = 0;
  fields >> created_ticks;
  timespec now = {};
  if (!fields || clock_gettime(CLOCK_BOOTTIME, &now) != 0) return 0;
  const double since_boot =
      static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  const double seconds = since_boot - created_ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  return seconds > 0 ? seconds : 0;
}

}  // namespace

Timeline::Timeline() : since_(Clock::now()) {
  seconds_[index_of(Phase::process_start)] = seconds_since_creation();
}

void Timeline::enter(Phase phase) {
  const auto now = Clock::now();
  seconds_[index_of(current_)] += std::chrono::duration<double>(now - since_).count();
  since_ = now;
  current_ = phase;
}

void Timeline::move(Phase from, Phase to, double seconds) {
  seconds = std::min(seconds, seconds_[index_of(from)]);
  seconds_[index_of(from)] -= seconds;
  seconds_[index_of(to)] += seconds;
}

PhaseSeconds Timeline::seconds() const {
  PhaseSeconds result = seconds_;
  result[index_of(current_)] += std::chrono::duration<double>(Clock::now() - since_).count();
  return result;
}

}  // namespace pylaunch
