// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace pylaunch {

// Whether what lies at `path` comes over the network, or from a program (FUSE), so that each
// request is slow. False when that cannot be told.
bool is_on_network_file_system(const std::string& path);

}  // namespace pylaunch
