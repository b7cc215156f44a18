// SPDX-License-Identifier: BSD-3-Clause
//
// More than an int can count, in one part.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "launcher/tree_broadcast.hpp"

namespace pylaunch::testing {

TEST(LargeBroadcast, more_than_four_gibibytes_arrive) {
  const Communicator all = Communicator::duplicate_world();
  constexpr std::uint64_t size = (std::uint64_t{1} << 32) + (std::uint64_t{3} << 20) + 3;
  // Rank 0 has one piece only, which changes from offset to offset by its first bytes.
  std::vector<std::vector<std::byte>> rooms(8, std::vector<std::byte>(std::size_t{1} << 20));
  std::size_t next_room = 0;
  std::uint64_t received = 0, wrong = 0;
  const std::uint64_t sizes[] = {size};
  broadcast_parts(
      sizes, all,
      [&](const Piece& piece) {
        std::vector<std::byte>& room = rooms[next_room++ % rooms.size()];
        std::memcpy(room.data(), &piece.offset, std::min(piece.size, sizeof piece.offset));
        return std::span<const std::byte>(room).first(piece.size);
      },
      [&](const Piece& piece, std::span<const std::byte> bytes) {
        wrong += piece.offset == received ? 0 : 1;
        wrong +=
            std::memcmp(bytes.data(), &piece.offset, std::min(piece.size, sizeof piece.offset)) == 0
                ? 0
                : 1;
        received += bytes.size();
      });
  EXPECT_EQ(received, size);
  EXPECT_EQ(wrong, 0u);
}

}  // namespace pylaunch::testing
