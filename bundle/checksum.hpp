// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "bundle/format.hpp"
#include "bundle/reader.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pylaunch::bundle {

// XXH3 (64 bits) of the shared objects, with the gaps between them.
inline std::uint64_t libraries_checksum_of(Bytes libraries) {
  return XXH3_64bits(libraries.data(), libraries.size());
}

// XXH3 (64 bits) of what stands between the header and the libraries, seeded with that of the
// header itself, whose checksum field counts as 0: so it covers the libraries' checksum, too.
inline std::uint64_t checksum_of(Header header, Bytes behind_header) {
  header.checksum = 0;
  const std::uint64_t seed = XXH3_64bits(&header, sizeof header);
  return XXH3_64bits_withSeed(behind_header.data(), behind_header.size(), seed);
}

}  // namespace pylaunch::bundle
