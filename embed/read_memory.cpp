// SPDX-License-Identifier: BSD-3-Clause
#include "embed/read_memory.hpp"

#include <sys/mman.h>

#include <new>

namespace pylaunch::embed {

namespace {

constexpr std::size_t shared_bytes = 4 << 20;
constexpr std::size_t small_bytes = 256 << 10;  // files above have a slab of their own

}  // namespace

ReadMemory::~ReadMemory() {
  for (const Slab& slab : slabs_) munmap(slab.address, slab.size);
}

char* ReadMemory::add_slab(std::size_t size) {
  void* address = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  slabs_.push_back({static_cast<char*>(address), size});
  return slabs_.back().address;
}

char* ReadMemory::take(std::size_t size) {
  const std::lock_guard lock(mutex_);
  if (size > small_bytes) return add_slab(size);
  if (size > free_bytes_) {
    free_ = add_slab(shared_bytes);
    free_bytes_ = shared_bytes;
  }
  char* taken = free_;
  free_ += size;
  free_bytes_ -= size;
  return taken;
}

}  // namespace pylaunch::embed
