// SPDX-License-Identifier: BSD-3-Clause
//
// An executable that was linked without a CPython, as this test is. One with a CPython is the
// subject of tests/end_to_end/test_built_in_python.py.
#include "launcher/built_in_python.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

namespace pylaunch::testing {

TEST(BuiltInPython, is_not_there_unless_it_was_linked) {
  EXPECT_EQ(built_in_version(), "");
  EXPECT_EQ(built_in_library({"/usr/bin/python3", "3.11", "/usr/lib/libpython3.11.so", "", ""}),
            "");
  EXPECT_EQ(built_in_library({"/usr/bin/python3", "3.11", "", "3.11.2 (main)", "/usr"}), "");
}

TEST(BuiltInPython, versions_are_compared_by_their_words) {
  EXPECT_EQ(with_single_blanks("3.11.2 (main, Oct  7 2026, 12:35:07) [GCC 12.2.0]"),
            "3.11.2 (main, Oct 7 2026, 12:35:07) [GCC 12.2.0]");
  EXPECT_EQ(with_single_blanks("3.9.2 (default, Apr  9 2025, 13:50:01) \n[GCC 10.2.1]"),
            "3.9.2 (default, Apr 9 2025, 13:50:01) [GCC 10.2.1]");
  EXPECT_EQ(with_single_blanks(""), "");
}

TEST(BuiltInPython, other_libraries_do_not_name_this_executable) {
  void* libc = dlopen("libc.so.6", RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(libc, nullptr) << dlerror();
  EXPECT_FALSE(names_this_executable(libc));
  dlclose(libc);
}

}  // namespace pylaunch::testing
