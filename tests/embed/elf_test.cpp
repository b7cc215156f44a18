// SPDX-License-Identifier: BSD-3-Clause
//
// Reads shared objects that the build made for it (PYLAUNCH_TEST_FIXTURES), and garbage.
#include "embed/elf.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "tests/embed/shared_objects.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::embed::testing {

using pylaunch::testing::read_text;
using pylaunch::testing::TemporaryFolder;

TEST(Elf, reads_name_needs_and_runpath) {
  const auto object = read_shared_object(read_text(extension));
  ASSERT_TRUE(object.has_value());
  EXPECT_TRUE(std::ranges::count(object->needed, "libfixture.so.3"));
  EXPECT_EQ(object->runpath,
            (std::vector<std::string>{"$ORIGIN/nothing-here", "$ORIGIN/../pkg.libs"}));
  EXPECT_TRUE(object->rpath.empty());
  const auto library = read_shared_object(read_text(dependency));
  ASSERT_TRUE(library.has_value());
  EXPECT_EQ(library->soname, "libfixture.so.3");
}

TEST(Elf, old_style_rpath_is_told_apart) {
  const auto object = read_shared_object(read_text(fixtures + "/pkg/extension_rpath.so"));
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->rpath, (std::vector<std::string>{"$ORIGIN/../pkg.libs"}));
  EXPECT_TRUE(object->runpath.empty());
}

TEST(Elf, file_is_read_like_its_bytes) {
  const auto object = read_shared_object_file(extension);
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->needed, read_shared_object(read_text(extension))->needed);
  for (const char* path : {"/nonexistent", "/", "/dev/null", "/etc/passwd"})
    EXPECT_FALSE(read_shared_object_file(path).has_value()) << path;
}

TEST(Elf, what_is_no_shared_object_is_refused) {
  const std::string good = read_text(extension);
  EXPECT_FALSE(read_shared_object("").has_value());
  EXPECT_FALSE(read_shared_object("\x7f"
                                  "ELF")
                   .has_value());
  EXPECT_FALSE(read_shared_object("#!/bin/sh\n" + std::string(200, ' ')).has_value());
  std::string other = good;
  other[4] = 1;  // ELFCLASS32
  EXPECT_FALSE(read_shared_object(other).has_value());
  other = good;
  other[5] = 2;  // big-endian
  EXPECT_FALSE(read_shared_object(other).has_value());
}

TEST(Elf, truncated_objects_are_read_within_their_bounds) {
  const std::string good = read_text(extension);
  for (std::size_t size = 0; size < good.size(); size += 13) {
    const std::unique_ptr<char[]> exact(new char[size]);
    std::copy_n(good.data(), size, exact.get());
    read_shared_object({exact.get(), size});
  }
}

TEST(Elf, damaged_objects_are_read_within_their_bounds) {
  const std::string good = read_text(extension);
  std::mt19937_64 random(11);
  for (int round = 0; round < 3000; ++round) {
    const std::unique_ptr<char[]> exact(new char[good.size()]);
    std::copy_n(good.data(), good.size(), exact.get());
    for (int change = 0; change < 8; ++change) {
      // Headers and program headers most of the time, the dynamic section some of it.
      const std::size_t reach = change < 6 ? std::min<std::size_t>(good.size(), 1024) : good.size();
      exact[16 + random() % (reach - 16)] = static_cast<char>(random());
    }
    read_shared_object({exact.get(), good.size()});
  }
}

}  // namespace pylaunch::embed::testing
