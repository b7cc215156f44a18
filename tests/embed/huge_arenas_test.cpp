// SPDX-License-Identifier: BSD-3-Clause
#include "embed/huge_arenas.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "bundle/mapped_memory.hpp"

namespace pylaunch::embed::testing {

constexpr std::size_t arena = std::size_t{1} << 20;  // of CPython 3.10 and later

bool do_not_overlap(std::vector<char*> arenas, std::size_t size) {
  std::ranges::sort(arenas);
  return std::ranges::adjacent_find(arenas, [size](const char* a, const char* b) {
           return static_cast<std::size_t>(b - a) < size;
         }) == arenas.end();
}

TEST(HugeArenas, of_each_size_are_writable_and_apart) {
  for (const std::size_t size : {arena / 64, arena / 4, arena, 3 * arena}) {
    std::vector<char*> arenas;
    for (int i = 0; i < 9; ++i) {
      arenas.push_back(static_cast<char*>(allocate_arena(size)));
      ASSERT_NE(arenas.back(), nullptr);
      std::memset(arenas.back(), i, size);
    }
    EXPECT_TRUE(do_not_overlap(arenas, size));
    for (int i = 0; i < 9; ++i) {
      EXPECT_EQ(arenas[static_cast<std::size_t>(i)][size - 1], i);
      free_arena(arenas[static_cast<std::size_t>(i)], size);
    }
  }
}

TEST(HugeArenas, share_a_huge_page) {
  const auto page_of = [](void* address) {
    return reinterpret_cast<std::uintptr_t>(address) / bundle::huge_page;
  };
  std::vector<void*> arenas;
  for (int i = 0; i < 3; ++i) arenas.push_back(allocate_arena(arena));
  EXPECT_TRUE(page_of(arenas[0]) == page_of(arenas[1]) || page_of(arenas[1]) == page_of(arenas[2]));
  for (void* each : arenas) free_arena(each, arena);
}

TEST(HugeArenas, are_not_kept_apart_by_what_is_small) {
  std::vector<char*> arenas;
  std::vector<void*> stacks;
  for (int i = 0; i < 8; ++i) {
    stacks.push_back(allocate_arena(std::size_t{16} << 10));
    arenas.push_back(static_cast<char*>(allocate_arena(arena)));
  }
  std::ranges::sort(arenas);
  int neighbours = 0;
  for (std::size_t i = 1; i < arenas.size(); ++i)
    if (arenas[i] - arenas[i - 1] == static_cast<std::ptrdiff_t>(arena)) ++neighbours;
  EXPECT_GE(neighbours, 3) << "two to a page, but for the first and the last";
  for (char* each : arenas) free_arena(each, arena);
  for (void* each : stacks) free_arena(each, std::size_t{16} << 10);
}

TEST(HugeArenas, one_is_freed_while_its_neighbour_lives_on) {
  std::vector<char*> arenas;
  for (int i = 0; i < 4; ++i) arenas.push_back(static_cast<char*>(allocate_arena(arena)));
  for (char* each : arenas) std::memset(each, 1, arena);
  free_arena(arenas[0], arena);
  free_arena(arenas[2], arena);
  EXPECT_EQ(arenas[1][arena - 1], 1);
  EXPECT_EQ(arenas[3][0], 1);
  free_arena(arenas[1], arena);
  free_arena(arenas[3], arena);
}

TEST(HugeArenas, of_several_threads_are_apart) {
  std::vector<std::vector<char*>> of_thread(4);
  {
    std::vector<std::jthread> threads;
    for (auto& arenas : of_thread)
      threads.emplace_back([&arenas] {
        for (int i = 0; i < 50; ++i)
          arenas.push_back(static_cast<char*>(allocate_arena(arena / 4)));
      });
  }
  std::vector<char*> all;
  for (const auto& arenas : of_thread) all.insert(all.end(), arenas.begin(), arenas.end());
  EXPECT_EQ(std::ranges::count(all, nullptr), 0);
  EXPECT_TRUE(do_not_overlap(all, arena / 4));
  for (char* each : all) free_arena(each, arena / 4);
}

}  // namespace pylaunch::embed::testing
