// SPDX-License-Identifier: BSD-3-Clause
//
// The cache lies in home folders, which have quotas, and each program of a user has a bundle in it.
#pragma once

#include <cstdint>
#include <string>

namespace pylaunch {

// Deletes what has not been used for longest, until a bundle of this name and size fits: bundles
// while they are more than `limit` bytes, any file of the cache while there are more than some
// thousands, and what killed jobs have left half written. False when it could not fit; nothing is
// deleted then.
bool make_room(const std::string& folder, const std::string& name, std::uint64_t bytes,
               std::uint64_t limit);

}  // namespace pylaunch
