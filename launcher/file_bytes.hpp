// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace pylaunch {

// False when the file does not have that many bytes there, or cannot be read.
bool read_bytes(int descriptor, std::uint64_t offset, std::byte* to, std::size_t size);

}  // namespace pylaunch
