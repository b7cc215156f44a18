// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/opened_files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

namespace pylaunch::embed::testing {

namespace {

const auto nothing = [](const std::string&) { return false; };

}  // namespace

TEST(OpenedFilesTest, counts_below_its_folders_only) {
  OpenedFiles opened({"/app/", "relative", "/"});
  for (const char* path : {"/app/a", "/app/a", "/application/b", "/etc/passwd", "/app",
                           "/app/m.pyc", "/env/lib/site-packages/c/d"})
    opened.note(path);
  const auto files = opened.most_opened(nothing);
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].path, "/app/a");
  EXPECT_EQ(files[0].times, 2u);
  EXPECT_EQ(files[1].path, "/env/lib/site-packages/c/d");
}

TEST(OpenedFilesTest, relative_names_belong_to_the_current_folder) {
  const pylaunch::testing::TemporaryFolder folder;
  ASSERT_EQ(chdir(folder.path().c_str()), 0);
  OpenedFiles opened({folder.path()});
  opened.note("data/x");
  ASSERT_EQ(opened.most_opened(nothing).size(), 1u);
  EXPECT_EQ(opened.most_opened(nothing)[0].path, std::string(folder.path()) + "/data/x");
}

TEST(OpenedFilesTest, tells_the_most_opened_and_skips_the_asked_for) {
  OpenedFiles opened({"/d"});
  for (std::size_t i = 0; i < files_counted + 10; ++i) opened.note("/d/" + std::to_string(i));
  for (int i = 0; i < 3; ++i) opened.note("/d/77");
  opened.note("/d/5");
  opened.note("/d/" + std::to_string(files_counted + 1));  // one name too many
  const auto files = opened.most_opened([](const std::string& path) { return path == "/d/5"; });
  ASSERT_EQ(files.size(), files_told);
  EXPECT_EQ(files[0].path, "/d/77");
  EXPECT_EQ(files[0].times, 4u);
  EXPECT_EQ(files[1].times, 1u);
}

}  // namespace pylaunch::embed::testing
