// SPDX-License-Identifier: BSD-3-Clause
#include "embed/read_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>

#include "bundle/elf_segments.hpp"
#include "embed/stamp.hpp"
#include "tests/embed/shared_objects.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::embed::testing {

using pylaunch::testing::TemporaryFolder;

class ReadFileTest : public ::testing::Test {
 protected:
  std::optional<FileContent> read(const std::string& path, std::uint64_t most = UINT64_MAX) {
    return read_file(folders_.place_of(path), {most}, memory_);
  }
  std::string text_of(const std::string& path) {
    const auto content = read(path);
    return content ? std::string(content->bytes) : "nothing";
  }
  TemporaryFolder folder_;
  OpenFolders folders_;
  ReadMemory memory_;
  const Wanted only_loaded_{.only_loaded = true};
};

TEST_F(ReadFileTest, gives_the_bytes_and_what_stat_says) {
  const std::string path = folder_.write("below/file", std::string("a\0b", 3));
  const auto content = read(path);
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(content->bytes, std::string("a\0b", 3));
  EXPECT_EQ(content->stamp, *stamp_of(path));
  EXPECT_EQ(text_of(folder_.write("empty", "")), "");
}

TEST_F(ReadFileTest, what_is_no_file_is_not_read) {
  const std::string pipe = folder_ / "pipe.py";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path :
       {std::string(folder_ / "none"), std::string(folder_ / "no/none"),
        std::string(folder_.path()), pipe, std::string("/"), std::string()})
    EXPECT_FALSE(read(path).has_value()) << path;
}

TEST_F(ReadFileTest, paths_are_walked_as_the_system_walks_them) {
  folder_.write("real/deep/file", "text");
  std::filesystem::create_directory_symlink(folder_ / "real/deep", folder_ / "link");
  folder_.write("real/beside", "beside");
  EXPECT_EQ(text_of(folder_ / "link/file"), "text");
  EXPECT_EQ(text_of(folder_ / "link/../beside"), "beside");
  EXPECT_EQ(text_of(folder_ / "real//deep/./file"), "text");
}

TEST_F(ReadFileTest, the_real_path_has_no_links) {
  const std::string file = folder_.write("real/file", "text");
  std::filesystem::create_directory_symlink(folder_ / "real", folder_ / "folder");
  std::filesystem::create_symlink("real/file", folder_ / "link");
  for (const char* path : {"real/file", "folder/file", "link"})
    EXPECT_EQ(read(folder_ / path)->real_path, std::filesystem::canonical(file)) << path;
}

TEST_F(ReadFileTest, more_folders_than_may_be_kept_open) {
  rlimit before = {};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few = {.rlim_cur = 300, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  OpenFolders folders;
  for (int i = 0; i < 400; ++i) {
    const std::string name = std::to_string(i);
    const std::string path = folder_.write(name + "/file", name);
    ASSERT_EQ(read_file(folders.place_of(path), {10}, memory_)->bytes, name);
  }
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(ReadFileTest, above_the_limit_there_is_the_stamp_alone) {
  const std::string path = folder_.write("file", "12345");
  EXPECT_EQ(read(path, 5)->bytes, "12345");
  const auto content = read(path, 4);
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(content->bytes, "");
  EXPECT_EQ(content->stamp, *stamp_of(path));
}

TEST_F(ReadFileTest, bytes_stay_where_they_are_whatever_is_read_after_them) {
  const std::size_t sizes[] = {0, 1, 4095, 200'000, 256 << 10, (256 << 10) + 1, 5 << 20};
  std::vector<std::pair<std::string_view, std::string>> contents;
  for (int round = 0; round < 30; ++round)
    for (const std::size_t size : sizes) {
      const std::string text(size, static_cast<char>('a' + contents.size() % 26));
      contents.emplace_back(read(folder_.write("file", text))->bytes, text);
    }
  for (const auto& [bytes, text] : contents) ASSERT_EQ(bytes, text);
}

TEST_F(ReadFileTest, the_readable_path_has_no_links) {
  const std::string real = folder_.write("real/file", "text");
  std::filesystem::create_directory_symlink(folder_ / "real", folder_ / "folder");
  std::filesystem::create_symlink("file", folder_ / "real/link");
  const std::string path = std::filesystem::canonical(real);
  for (const char* name : {"real/file", "folder/file", "folder/link", "real/../folder/./link"})
    EXPECT_EQ(folders_.readable_path(folder_ / name), path) << name;
  for (const char* name : {"none", "real/none", "real/file/none"})
    EXPECT_EQ(folders_.readable_path(folder_ / name), "") << name;
  EXPECT_EQ(folders_.real_folder(folder_ / "folder"), std::filesystem::canonical(folder_ / "real"));
  EXPECT_EQ(folders_.real_folder(folder_ / "none"), folder_ / "none");
}

TEST_F(ReadFileTest, of_a_shared_object_what_ld_so_loads_is_enough) {
  const std::string object = pylaunch::testing::read_text(dependency);
  const std::string loaded = object.substr(0, bundle::loaded_size(object, object.size()));
  for (const std::size_t size : {0, 1000, 2 << 20}) {
    const std::string symbols(size, 'x');
    const std::string path = folder_.write("library.so", object + symbols);
    const auto content = read_file(folders_.place_of(path), only_loaded_, memory_);
    ASSERT_TRUE(content.has_value());
    EXPECT_EQ(content->bytes, loaded) << size;
    EXPECT_EQ(content->stamp, *stamp_of(path));  // the file's
    EXPECT_EQ(text_of(path), object + symbols);
  }
}

TEST_F(ReadFileTest, what_is_no_shared_object_is_read_as_a_whole) {
  for (const std::string& text : {std::string(), std::string(ELFMAG), std::string(2 << 20, 'x')}) {
    const std::string path = folder_.write("text", text);
    EXPECT_EQ(read_file(folders_.place_of(path), only_loaded_, memory_)->bytes, text);
  }
}

}  // namespace pylaunch::embed::testing
