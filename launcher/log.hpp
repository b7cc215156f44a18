// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace pylaunch {

// Messages go to stderr as `pylaunch: rank N: ...`, from `level` on.
void start_log(const std::string& level, int rank);
void set_log_rank(int rank);

}  // namespace pylaunch
