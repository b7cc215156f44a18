// SPDX-License-Identifier: BSD-3-Clause
#include "receive_memory.hpp"

#include <sys/mman.h>

#include <vector>

namespace pylaunch::mpi {
namespace {

constexpr std::size_t kLargest = std::size_t{16} << 30;
constexpr std::size_t kSmallest = std::size_t{64} << 10;
constexpr std::size_t kKeptPages = std::size_t{64} << 10;  // bytes that stay with a pooled one
constexpr std::size_t kPoolSize = 16;

std::vector<Reservation>& pool() {
  static auto* reservations = new std::vector<Reservation>;
  return *reservations;
}

}  // namespace

Reservation reserve_memory() {
  if (!pool().empty()) {
    const Reservation reservation = pool().back();
    pool().pop_back();
    return reservation;
  }
  for (std::size_t size = kLargest; size >= kSmallest; size /= 2) {
    void* address = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address != MAP_FAILED) {
      return {static_cast<char*>(address), size};
    }
  }
  return {};
}

void give_back(Reservation reservation, std::size_t used) {
  if (reservation.address == nullptr) {
    return;
  }
  if (pool().size() >= kPoolSize) {
    munmap(reservation.address, reservation.capacity);
    return;
  }
  if (used > kKeptPages) {
    madvise(reservation.address + kKeptPages, used - kKeptPages, MADV_DONTNEED);
  }
  pool().push_back(reservation);
}

}  // namespace pylaunch::mpi
