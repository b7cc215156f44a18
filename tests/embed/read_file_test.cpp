// SPDX-License-Identifier: BSD-3-Clause
#include "embed/read_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "embed/stamp.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::embed::testing {

using pylaunch::testing::TemporaryFolder;

class ReadFileTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  OpenFolders folders_;
};

TEST_F(ReadFileTest, gives_the_bytes_and_what_stat_says) {
  const std::string path = folder_.write("below/file", std::string("a\0b", 3));
  const auto content = read_file_with_stamp(path, folders_);
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(content->bytes, std::string("a\0b", 3));
  EXPECT_EQ(content->stamp, *stamp_of(path));
  EXPECT_EQ(read_file(path), content->bytes);
  EXPECT_EQ(read_file(folder_.write("empty", ""), folders_), "");
}

TEST_F(ReadFileTest, what_is_no_file_is_not_read) {
  const std::string pipe = folder_ / "pipe.py";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path :
       {std::string(folder_ / "none"), std::string(folder_ / "no/none"),
        std::string(folder_.path()), pipe, std::string("/"), std::string()})
    EXPECT_FALSE(read_file(path, folders_).has_value()) << path;
}

TEST_F(ReadFileTest, paths_are_walked_as_the_system_walks_them) {
  folder_.write("real/deep/file", "text");
  std::filesystem::create_directory_symlink(folder_ / "real/deep", folder_ / "link");
  folder_.write("real/beside", "beside");
  EXPECT_EQ(read_file(folder_ / "link/file", folders_), "text");
  EXPECT_EQ(read_file(folder_ / "link/../beside", folders_), "beside");
  EXPECT_EQ(read_file(folder_ / "real//deep/./file", folders_), "text");
}

TEST_F(ReadFileTest, more_folders_than_are_kept_open) {
  for (int i = 0; i < 400; ++i) {
    const std::string name = std::to_string(i);
    ASSERT_EQ(read_file(folder_.write(name + "/file", name), folders_), name);
  }
}

}  // namespace pylaunch::embed::testing
