// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bundle/format.hpp"

namespace pylaunch::embed {

// The stamps of many files, with many requests in flight: on a shared file system the time is in
// waiting for answers. Folders are opened once and their files asked for relative to them, so that
// a network file system walks each path one step, not from the root. nullopt: does not exist.
// Paths must be sorted.
std::vector<std::optional<bundle::Stamp>> stat_all(const std::vector<std::string>& sorted_paths);

}  // namespace pylaunch::embed
