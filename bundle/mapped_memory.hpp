// SPDX-License-Identifier: BSD-3-Clause
//
// Zeroed memory from the kernel itself, in huge pages where it gives them on request (transparent
// huge pages "madvise" or "always"): one fault for 2 MiB instead of 512. To fault tens of megabytes
// in by 4 KiB takes as long as to read them. It goes back to the kernel at once, and malloc's
// thresholds, which are the program's, do not learn from it.
#pragma once

#include <cstddef>

namespace pylaunch::bundle {

constexpr std::size_t huge_page = std::size_t{2} << 20;

// From a multiple of huge_page on, unless it is smaller than that. Null when there is no memory.
void* map_memory(std::size_t size);

void unmap_memory(void* memory, std::size_t size);

}  // namespace pylaunch::bundle
