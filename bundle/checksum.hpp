// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "bundle/format.hpp"
#include "bundle/reader.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pylaunch::bundle {

// XXH3 (64 bits) of what stands behind the header, seeded with that of the header itself, whose
// checksum field counts as 0.
inline std::uint64_t checksum_of(Header header, Bytes behind_header) {
  header.checksum = 0;
  const std::uint64_t seed = XXH3_64bits(&header, sizeof header);
  return XXH3_64bits_withSeed(behind_header.data(), behind_header.size(), seed);
}

}  // namespace pylaunch::bundle
