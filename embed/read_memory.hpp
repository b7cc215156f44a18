// SPDX-License-Identifier: BSD-3-Clause
//
// Memory for the bytes of many files, filled by several threads and given back as a whole. malloc()
// would give each thread a heap of its own, and keep those heaps when they are free.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace pylaunch::embed {

class ReadMemory {
 public:
  ReadMemory() = default;
  ~ReadMemory();
  ReadMemory(const ReadMemory&) = delete;
  ReadMemory& operator=(const ReadMemory&) = delete;

  // Not initialised; lives as long as this. Throws std::bad_alloc.
  char* take(std::size_t size);

 private:
  struct Slab {
    char* address;
    std::size_t size;
  };
  char* add_slab(std::size_t size);

  std::mutex mutex_;
  std::vector<Slab> slabs_;
  char* free_ = nullptr;  // in the slab that small files share
  std::size_t free_bytes_ = 0;
};

}  // namespace pylaunch::embed
