// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "launcher/broadcast.hpp"

namespace pylaunch::testing {

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;
constexpr std::size_t chunk = 64 * mebibyte;  // Broadcast's

std::byte pattern(std::size_t at) { return static_cast<std::byte>((at * 2654435761u) >> 7); }

class BroadcastTest : public ::testing::Test {
 protected:
  bool is_root() const { return all_.rank() == 0; }

  // Broadcasts that many bytes in one piece; every `step`-th byte is checked.
  void expect_arrival(std::size_t size, std::size_t step) {
    std::vector<std::byte> bytes(size);
    if (is_root())
      for (std::size_t at = 0; at < size; at += step) bytes[at] = pattern(at);
    Broadcast broadcast(all_, "test");
    broadcast.add(bytes);
    broadcast.finish();
    std::size_t wrong = 0;
    for (std::size_t at = 0; at < size; at += step) wrong += bytes[at] == pattern(at) ? 0 : 1;
    EXPECT_EQ(wrong, 0u) << size << " bytes";
  }

  Communicator all_ = Communicator::duplicate_world();
};

}  // namespace

TEST_F(BroadcastTest, small_sizes_arrive) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{4095},
                                 std::size_t{100'000}, mebibyte})
    expect_arrival(size, 1);
}

TEST_F(BroadcastTest, sizes_around_a_chunk_arrive) {
  for (const std::size_t size : {chunk - 1, chunk, chunk + 1}) expect_arrival(size, 509);
}

TEST_F(BroadcastTest, many_small_pieces_arrive_in_their_places) {
  std::vector<std::uint32_t> pieces(1000, 0);
  Broadcast broadcast(all_, "test");
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (is_root()) pieces[i] = static_cast<std::uint32_t>(i * 7 + 1);
    broadcast.add(std::as_writable_bytes(std::span(&pieces[i], 1)));
  }
  broadcast.finish();
  for (std::size_t i = 0; i < pieces.size(); ++i) ASSERT_EQ(pieces[i], i * 7 + 1);
}

TEST_F(BroadcastTest, finished_broadcast_can_be_used_again) {
  Broadcast broadcast(all_, "test");
  broadcast.finish();
  for (int round = 1; round <= 3; ++round) {
    int value = is_root() ? round : 0;
    broadcast.add(std::as_writable_bytes(std::span(&value, 1)));
    broadcast.finish();
    EXPECT_EQ(value, round);
  }
}

TEST_F(BroadcastTest, value_of_rank_0_reaches_everybody) {
  struct Pair {
    std::uint64_t number;
    char letter;
  } value = {is_root() ? std::uint64_t{1} << 40 : 0, is_root() ? 'x' : '-'};
  broadcast_value(value, all_, "test");
  EXPECT_EQ(value.number, std::uint64_t{1} << 40);
  EXPECT_EQ(value.letter, 'x');
}

}  // namespace pylaunch::testing
