// SPDX-License-Identifier: BSD-3-Clause
#include "embed/dedent.hpp"

#include <gtest/gtest.h>

namespace pylaunch::embed {
namespace {

// What textwrap.dedent() of CPython 3.14 gives for the same.
TEST(DedentTest, takes_away_what_all_lines_begin_with) {
  EXPECT_EQ(dedent("\n  if x:\n    y\n  z"), "\nif x:\n  y\nz");
  EXPECT_EQ(dedent("\tx\n\ty\n"), "x\ny\n");
}

TEST(DedentTest, compares_tabs_and_spaces_as_they_are) {
  EXPECT_EQ(dedent("  \tx\n   y"), "\tx\n y");
  EXPECT_EQ(dedent("\tx\n        y"), "\tx\n        y");
}

TEST(DedentTest, empties_lines_of_white_space_where_it_takes_anything_away) {
  EXPECT_EQ(dedent("  x\n \n      \n  y\n   "), "x\n\n\ny\n");
}

TEST(DedentTest, returns_a_text_that_is_not_indented_as_it_is) {
  EXPECT_EQ(dedent("x\n  y\n   \n"), "x\n  y\n   \n");
  EXPECT_EQ(dedent("   \n\n"), "   \n\n");
  EXPECT_EQ(dedent(""), "");
}

}  // namespace
}  // namespace pylaunch::embed
