// SPDX-License-Identifier: BSD-3-Clause
//
// Shared objects made by hand: a header, program headers, and as many bytes as they speak of.
#include "bundle/elf_segments.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>

namespace pylaunch::testing {

using bundle::loaded_size;
using bundle::read_segments;

namespace {

struct Part {
  std::uint64_t offset;
  std::uint64_t size;
};

std::string object_with(const std::vector<Part>& parts) {
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_DYN;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = static_cast<Elf64_Half>(parts.size());
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  for (const Part& part : parts) {
    Elf64_Phdr segment = {};
    segment.p_type = PT_LOAD;
    segment.p_offset = part.offset;
    segment.p_filesz = part.size;
    segment.p_memsz = part.size + 100;
    bytes.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  }
  return bytes;
}

}  // namespace

TEST(ElfSegments, are_read_as_they_stand) {
  const auto segments = read_segments(object_with({{0, 4000}, {4096, 5000}}));
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[1].p_offset, 4096u);
  EXPECT_EQ(segments[1].p_filesz, 5000u);
}

TEST(ElfSegments, what_is_loaded_ends_with_the_last_of_them) {
  EXPECT_EQ(loaded_size(object_with({{0, 4000}, {4096, 5000}}), 50000), 9096u);
  EXPECT_EQ(loaded_size(object_with({{4096, 5000}, {0, 4000}}), 50000), 9096u);
  EXPECT_EQ(loaded_size(object_with({{0, 4000}, {4096, 5000}}), 9096), 9096u);
}

TEST(ElfSegments, the_program_headers_are_needed_too) {
  const std::string object = object_with({{0, 10}});
  EXPECT_EQ(loaded_size(object, 50000), object.size());
}

TEST(ElfSegments, what_the_beginning_does_not_tell_is_loaded_as_a_whole) {
  const std::string object = object_with({{0, 4000}, {4096, 5000}});
  for (std::size_t size = 0; size < object.size(); ++size)
    EXPECT_EQ(loaded_size(object.substr(0, size), 50000), 50000u) << size;
  EXPECT_EQ(loaded_size("#!/bin/sh\n" + std::string(200, ' '), 210), 210u);
  EXPECT_EQ(loaded_size(object_with({}), 50000), 50000u);
}

TEST(ElfSegments, segments_outside_of_the_file_make_nothing_shorter_or_longer) {
  EXPECT_EQ(loaded_size(object_with({{0, 4000}, {4096, 50000}}), 50000), 50000u);
  EXPECT_EQ(loaded_size(object_with({{50001, 0}}), 50000), 50000u);
  EXPECT_EQ(loaded_size(object_with({{4096, UINT64_MAX - 4000}}), 50000), 50000u);
}

TEST(ElfSegments, damaged_headers_are_read_within_their_bounds) {
  const std::string good = object_with({{0, 4000}, {4096, 5000}});
  std::mt19937_64 random(5);
  for (int round = 0; round < 3000; ++round) {
    const std::unique_ptr<char[]> exact(new char[good.size()]);
    std::copy_n(good.data(), good.size(), exact.get());
    for (int change = 0; change < 4; ++change)
      exact[EI_NIDENT + random() % (good.size() - EI_NIDENT)] = static_cast<char>(random());
    const std::string_view bytes(exact.get(), good.size());
    read_segments(bytes);
    EXPECT_LE(loaded_size(bytes, 50000), 50000u);
  }
}

}  // namespace pylaunch::testing
