// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bundle/format.hpp"

namespace pylaunch::embed {

// The stamps of many files, with many requests in flight: on a shared file system the time is in
// waiting for answers. nullopt: does not exist.
std::vector<std::optional<bundle::Stamp>> stat_all(const std::vector<std::string>& paths);

}  // namespace pylaunch::embed
