// SPDX-License-Identifier: BSD-3-Clause
#include "embed/loaded_libraries.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pylaunch::embed::testing {

namespace {

const std::string library = std::string(PYLAUNCH_TEST_FIXTURES) + "/pkg.libs/libfixture.so.3";

}  // namespace

TEST(LoadedLibraries, are_known_by_their_sonames) {
  EXPECT_TRUE(is_loaded("libc.so.6"));
  EXPECT_FALSE(is_loaded("libc.so"));
  EXPECT_FALSE(is_loaded("libfixture.so.3"));
  ASSERT_NE(dlopen(library.c_str(), RTLD_NOW), nullptr);
  EXPECT_TRUE(is_loaded("libfixture.so.3"));
}

TEST(LoadedLibraries, say_what_they_are_and_need) {
  void* handle = dlopen(library.c_str(), RTLD_NOW);
  ASSERT_NE(handle, nullptr);
  EXPECT_EQ(soname_at(dlsym(handle, "fixture")), "libfixture.so.3");
  EXPECT_EQ(soname_at(nullptr), "");
  const std::vector<std::string> users = objects_that_need("libc.so.6");
  EXPECT_NE(std::find(users.begin(), users.end(), ""), users.end());  // this program
  EXPECT_TRUE(objects_that_need("libfixture.so.3").empty());
  EXPECT_TRUE(objects_that_need("").empty());
}

}  // namespace pylaunch::embed::testing
