// SPDX-License-Identifier: BSD-3-Clause
#include "embed/huge_arenas.hpp"

#include <atomic>
#include <cstdint>

#include "bundle/mapped_memory.hpp"

namespace pylaunch::embed {

using bundle::huge_page;

namespace {

// Of CPython 3.9. What is smaller is a piece of a thread's stack of frames, which CPython 3.11 and
// later allocate here, too: it would leave no room for the last arena of a page.
constexpr std::size_t smallest_arena = std::size_t{256} << 10;

// Where the rest of the huge page is that arenas are cut from; at a multiple of its size nothing is
// left. Atomic, because interpreters with a GIL of their own share it. If two of them map a page
// at once, the rest of one is never touched.
std::atomic<std::uintptr_t> rest = 0;

}  // namespace

void* allocate_arena(std::size_t size) {
  if (size < smallest_arena || size > huge_page / 2) return bundle::map_memory(size);
  std::uintptr_t arena = rest;
  while (arena % huge_page != 0 && arena % huge_page + size <= huge_page)
    if (rest.compare_exchange_weak(arena, arena + size)) return reinterpret_cast<void*>(arena);
  void* const page = bundle::map_memory(huge_page);
  if (page == nullptr) return bundle::map_memory(size);
  rest = reinterpret_cast<std::uintptr_t>(page) + size;
  return page;
}

void free_arena(void* arena, std::size_t size) { bundle::unmap_memory(arena, size); }

}  // namespace pylaunch::embed
