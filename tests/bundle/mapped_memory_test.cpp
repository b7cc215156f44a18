// SPDX-License-Identifier: BSD-3-Clause
#include "bundle/mapped_memory.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <new>
#include <sstream>
#include <string>
#include <utility>

#include "bundle/buffer.hpp"

namespace pylaunch::testing {

using bundle::huge_page;

// The flags of the mapping that holds `address`, from /proc/self/smaps; empty: there is none.
std::string flags_at(const void* address) {
  std::ifstream smaps("/proc/self/smaps");
  bool is_inside = false;
  for (std::string line; std::getline(smaps, line);) {
    std::uintptr_t begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) {
      const auto wanted = reinterpret_cast<std::uintptr_t>(address);
      is_inside = begin <= wanted && wanted < end;
    } else if (is_inside && line.starts_with("VmFlags:")) {
      return line + " ";
    }
  }
  return {};
}

TEST(MappedMemory, is_zeroed_writable_and_gone_when_it_is_unmapped) {
  for (const std::size_t size : {std::size_t{1}, huge_page - 1, huge_page, 3 * huge_page + 5000}) {
    auto* const memory = static_cast<char*>(bundle::map_memory(size));
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(memory[0], 0);
    EXPECT_EQ(memory[size - 1], 0);
    std::memset(memory, 1, size);
    EXPECT_NE(flags_at(memory + size - 1), "");
    bundle::unmap_memory(memory, size);
    EXPECT_EQ(flags_at(memory), "");
    EXPECT_EQ(flags_at(memory + size - 1), "");
  }
}

TEST(MappedMemory, asks_for_huge_pages_from_their_size_on) {
  std::ifstream setting("/sys/kernel/mm/transparent_hugepage/enabled");
  if (!setting) GTEST_SKIP() << "this kernel has no transparent huge pages";
  void* const large = bundle::map_memory(huge_page);
  void* const small = bundle::map_memory(huge_page - 1);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(large) % huge_page, 0u);
  EXPECT_NE(flags_at(large).find(" hg "), std::string::npos);
  EXPECT_EQ(flags_at(small).find(" hg "), std::string::npos);
  bundle::unmap_memory(large, huge_page);
  bundle::unmap_memory(small, huge_page - 1);
}

TEST(MappedMemory, nothing_is_left_mapped_beside_it) {
  const auto mappings = [] {
    std::ifstream maps("/proc/self/statm");
    std::size_t pages = 0;
    maps >> pages;
    return pages;
  };
  const std::size_t before = mappings();
  void* const memory = bundle::map_memory(4 * huge_page);
  EXPECT_EQ(mappings() - before, 4 * huge_page / 4096);
  bundle::unmap_memory(memory, 4 * huge_page);
  EXPECT_EQ(mappings(), before);
}

TEST(MappedMemory, more_than_there_is_gives_null) {
  EXPECT_EQ(bundle::map_memory(SIZE_MAX / 4), nullptr);
  EXPECT_THROW(bundle::BundleBuffer(SIZE_MAX / 4), std::bad_alloc);
}

TEST(BundleBuffer, has_the_size_that_was_asked_for_and_moves) {
  bundle::BundleBuffer buffer(5000);
  EXPECT_EQ(buffer.bytes().size(), 5000u);
  buffer.data()[4999] = std::byte{7};
  const bundle::BundleBuffer moved = std::move(buffer);
  EXPECT_EQ(moved.bytes()[4999], std::byte{7});
  EXPECT_TRUE(bundle::BundleBuffer().empty());
  EXPECT_TRUE(bundle::BundleBuffer().bytes().empty());
}

}  // namespace pylaunch::testing
