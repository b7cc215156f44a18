// SPDX-License-Identifier: BSD-3-Clause
//
// Memory for the arenas of CPython's object allocator, several of them in one huge page, see
// bundle/mapped_memory.hpp. Fewer faults, and hops from object to object miss the address cache
// less often.
#pragma once

#include <cstddef>

namespace pylaunch::embed {

// Null when there is no memory. The size is a multiple of the page size, as arenas are.
void* allocate_arena(std::size_t size);

// Gives the pages back at once, as CPython does.
void free_arena(void* arena, std::size_t size);

}  // namespace pylaunch::embed
