// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "launcher/tree_broadcast.hpp"

namespace pylaunch::testing {

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

std::byte pattern(std::size_t part, std::uint64_t at) {
  return static_cast<std::byte>(((at + part * 977) * 2654435761u) >> 7);
}

using Parts = std::vector<std::vector<std::byte>>;

class TreeBroadcastTest : public ::testing::Test {
 protected:
  Parts filled(const std::vector<std::uint64_t>& sizes) const {
    Parts parts;
    for (std::size_t part = 0; part < sizes.size(); ++part) {
      std::vector<std::byte>& bytes = parts.emplace_back(sizes[part]);
      for (std::uint64_t at = 0; at < sizes[part]; ++at) bytes[at] = pattern(part, at);
    }
    return parts;
  }

  // What every rank's sink was given, put together.
  Parts broadcast(const std::vector<std::uint64_t>& sizes) {
    const Parts source = all_.rank() == 0 ? filled(sizes) : Parts();
    Parts kept;
    for (const std::uint64_t size : sizes) kept.emplace_back(size);
    broadcast_parts(
        sizes, all_,
        [&](const Piece& piece) {
          return std::span<const std::byte>(source[piece.part]).subspan(piece.offset, piece.size);
        },
        [&](const Piece& piece, std::span<const std::byte> bytes) {
          ++pieces_;
          std::ranges::copy(bytes,
                            kept[piece.part].begin() + static_cast<std::ptrdiff_t>(piece.offset));
        });
    return kept;
  }

  Communicator all_ = Communicator::duplicate_world();
  std::size_t pieces_ = 0;
};

}  // namespace

TEST_F(TreeBroadcastTest, parts_of_all_sizes_arrive_on_every_rank) {
  const std::vector<std::uint64_t> sizes = {
      0, 1, 4095, mebibyte - 1, mebibyte, mebibyte + 1, 0, 9 * mebibyte + 3, 7};
  EXPECT_EQ(broadcast(sizes), filled(sizes));
}

TEST_F(TreeBroadcastTest, many_small_parts_arrive_in_their_places) {
  const std::vector<std::uint64_t> sizes(300, 33);
  EXPECT_EQ(broadcast(sizes), filled(sizes));
  EXPECT_EQ(pieces_, sizes.size());
}

TEST_F(TreeBroadcastTest, nothing_to_send_ends_at_once) {
  EXPECT_EQ(broadcast({}), Parts());
  EXPECT_EQ(broadcast({0, 0}), filled({0, 0}));
  EXPECT_EQ(pieces_, 0u);
}

TEST_F(TreeBroadcastTest, it_can_be_done_again) {
  for (std::uint64_t size = 1; size < 4; ++size)
    EXPECT_EQ(broadcast({size * mebibyte}), filled({size * mebibyte}));
}

TEST_F(TreeBroadcastTest, keeping_gives_the_sink_every_byte_once) {
  const std::vector<std::uint64_t> sizes = {5, 3 * mebibyte + 1, 0};
  const Parts source = filled(sizes);
  std::vector<std::uint64_t> next(sizes.size());
  keep_parts(
      sizes,
      [&](const Piece& piece) {
        return std::span<const std::byte>(source[piece.part]).subspan(piece.offset, piece.size);
      },
      [&](const Piece& piece, std::span<const std::byte> bytes) {
        EXPECT_EQ(piece.offset, next[piece.part]);
        next[piece.part] += bytes.size();
      });
  EXPECT_EQ(next, sizes);
}

}  // namespace pylaunch::testing
