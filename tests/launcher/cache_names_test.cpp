// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/cache_names.hpp"

#include <gtest/gtest.h>

#include <set>

namespace pylaunch::testing {

TEST(CacheNames, are_those_that_are_given) {
  for (const char* name : {"0123456789abcdef.manifest", "0123456789abcdef.bundle",
                           "expected-0123456789abcdef", "python-0123456789abcdef"}) {
    EXPECT_TRUE(is_cache_name(name)) << name;
    EXPECT_TRUE(is_cache_name(temporary_name(name))) << name;
    EXPECT_FALSE(is_temporary_name(name)) << name;
    EXPECT_TRUE(is_temporary_name(temporary_name(name))) << name;
    EXPECT_FALSE(is_bundle_name(temporary_name(name))) << name;
  }
  EXPECT_TRUE(is_bundle_name("0123456789abcdef.bundle"));
  EXPECT_FALSE(is_bundle_name("0123456789abcdef.manifest"));
}

TEST(CacheNames, are_no_others) {
  for (const char* name : {"",
                           ".new",
                           ".bundle",
                           "results.new",
                           "repo.bundle",
                           "app.manifest",
                           "python-notes.txt",
                           "expected-output",
                           "python-",
                           "0123456789abcde.bundle",
                           "0123456789abcdef0.bundle",
                           "0123456789ABCDEF.bundle",
                           "x0123456789abcdef.bundle",
                           "0123456789abcdef.bundle.txt",
                           "expected-0123456789abcdef.txt",
                           "python-0123456789abcdefg",
                           "0123456789abcdef",
                           "0123456789abcdef.bundle.new",
                           "0123456789abcdef.bundle.mine.new",
                           "results.0123456789abcdef.new",
                           "0123456789abcdef.new"})
    EXPECT_FALSE(is_cache_name(name)) << name;
}

TEST(CacheNames, temporary_ones_are_given_once) {
  std::set<std::string> names;
  for (int i = 0; i < 1000; ++i) names.insert(temporary_name("/folder/a"));
  EXPECT_EQ(names.size(), 1000u);
  EXPECT_TRUE(names.begin()->starts_with("/folder/a."));
}

}  // namespace pylaunch::testing
