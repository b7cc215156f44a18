// SPDX-License-Identifier: BSD-3-Clause
#include "bundle/mapped_memory.hpp"

#include <sys/mman.h>

#include <cstdint>

namespace pylaunch::bundle {

namespace {

constexpr std::size_t page = 4096;

std::size_t round_up(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

void* map(std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

// mmap aligns to small pages: more is mapped, and both ends go back.
void* map_aligned(std::size_t size) {
  void* const all = map(size + huge_page);
  if (all == nullptr) return nullptr;
  const auto begin = reinterpret_cast<std::uintptr_t>(all);
  const std::size_t before = round_up(begin, huge_page) - begin;
  auto* const memory = static_cast<std::byte*>(all) + before;
  if (before > 0) munmap(all, before);
  if (before < huge_page) munmap(memory + size, huge_page - before);
  return memory;
}

}  // namespace

void* map_memory(std::size_t size) {
  if (size < huge_page) return map(size);
  void* const memory = map_aligned(round_up(size, page));
  if (memory != nullptr) madvise(memory, size, MADV_HUGEPAGE);  // a wish, may fail
  return memory;
}

void unmap_memory(void* memory, std::size_t size) { munmap(memory, size); }

}  // namespace pylaunch::bundle
