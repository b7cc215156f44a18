// SPDX-License-Identifier: BSD-3-Clause
// Memory for a message of unknown size: address space without memory behind it. Pages come to be
// when the message is written into them, so a receive can be posted at once, in order, without a
// guess at the size.
#pragma once

#include <cstddef>

namespace pylaunch::mpi {

struct Reservation {
  char* address = nullptr;
  std::size_t capacity = 0;  // bytes
};

// 16 GiB, or less where the system does not allow it; null when not even 64 KiB. Taken from a small
// pool, so that most calls ask the system for nothing. Call with the GIL held.
Reservation reserve_memory();
// `used`: how many bytes were written at most.
void give_back(Reservation reservation, std::size_t used);

}  // namespace pylaunch::mpi
