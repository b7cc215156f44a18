// SPDX-License-Identifier: BSD-3-Clause
#include "embed/file_reader.hpp"

#include <gtest/gtest.h>

#include "embed/stamp.hpp"
#include "tests/support/no_threads.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::embed::testing {

using pylaunch::testing::TemporaryFolder;

class FileReaderTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  OpenFolders folders_;
};

TEST_F(FileReaderTest, what_was_expected_is_read_as_without) {
  FileReader reader(folders_);
  for (int i = 0; i < 200; ++i)
    folder_.write(std::to_string(i % 7) + "/" + std::to_string(i), std::string(i * 100, 'x'));
  const auto path = [&](int i) {
    return folder_ / (std::to_string(i % 7) + "/" + std::to_string(i));
  };
  for (int i = 0; i < 200; i += 2) reader.expect(path(i));
  for (int i = 199; i >= 0; --i) {
    const auto content = reader.read(path(i));
    ASSERT_TRUE(content.has_value()) << i;
    EXPECT_EQ(content->bytes, std::string(i * 100, 'x'));
    EXPECT_EQ(content->stamp, *stamp_of(path(i)));
  }
}

TEST_F(FileReaderTest, the_bytes_are_those_of_the_time_it_was_expected_once) {
  FileReader reader(folders_);
  const std::string path = folder_.write("file", "before");
  reader.expect(path);
  reader.expect(path);
  EXPECT_EQ(reader.read(path)->bytes, "before");
  folder_.write("file", "after");
  EXPECT_EQ(reader.read(path)->bytes, "after");
}

TEST_F(FileReaderTest, without_threads_files_are_read_when_they_are_needed) {
  FileReader reader(folders_);
  const std::string path = folder_.write("file", "content");
  const pylaunch::testing::NoThreads no_threads;
  reader.expect(path);
  reader.expect(folder_.write("other", ""));
  EXPECT_EQ(reader.read(path)->bytes, "content");
}

TEST_F(FileReaderTest, what_is_not_there_is_nothing) {
  FileReader reader(folders_);
  const std::string path = folder_ / "none/file";
  reader.expect(path);
  EXPECT_FALSE(reader.read(path).has_value());
  EXPECT_FALSE(reader.read(folder_.path()).has_value());
}

TEST_F(FileReaderTest, above_the_limit_there_is_the_stamp_alone) {
  FileReader reader(folders_);
  const std::string path = folder_.write("file", "12345");
  reader.expect(path, {4});
  EXPECT_EQ(reader.read(path)->stamp.size, 5u);
  reader.expect(path, {4});
  EXPECT_EQ(reader.read(path)->bytes, "");
}

TEST_F(FileReaderTest, expecting_what_nobody_reads_ends_with_the_reader) {
  for (int round = 0; round < 20; ++round) {
    FileReader reader(folders_);
    for (int i = 0; i < 300; ++i) reader.expect(folder_.write("file", "text") + std::to_string(i));
  }
}

}  // namespace pylaunch::embed::testing
