// SPDX-License-Identifier: BSD-3-Clause
//
// More than an int can count, in one piece.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>

#include "launcher/broadcast.hpp"

namespace pylaunch::testing {

TEST(LargeBroadcast, more_than_two_gibibytes_arrive) {
  const Communicator all = Communicator::duplicate_world();
  constexpr std::size_t size = (std::size_t{1} << 31) + (std::size_t{200} << 20) + 3;
  void* room = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(room, MAP_FAILED);
  const std::span bytes(static_cast<std::byte*>(room), size);
  constexpr std::size_t step = 65537;
  const auto pattern = [](std::size_t at) { return static_cast<std::byte>(at / step % 251 + 1); };
  if (all.rank() == 0) {
    for (std::size_t at = 0; at < size; at += step) bytes[at] = pattern(at);
    bytes[size - 1] = std::byte{0x5a};
  }
  Broadcast broadcast(all, "test");
  broadcast.add(bytes);
  broadcast.finish();
  std::size_t wrong = 0;
  for (std::size_t at = 0; at < size - 1; at += step) wrong += bytes[at] == pattern(at) ? 0 : 1;
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(bytes[size - 1], std::byte{0x5a});
  munmap(room, size);
}

}  // namespace pylaunch::testing
