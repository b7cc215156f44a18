// SPDX-License-Identifier: BSD-3-Clause
//
// Stamps of many files, and the listing of a folder.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "embed/freshness.hpp"
#include "embed/listing.hpp"
#include "embed/parallel_stat.hpp"
#include "embed/stamp.hpp"
#include "tests/support/no_threads.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::embed::testing {

using pylaunch::testing::TemporaryFolder;

TEST(ParallelStat, agrees_with_stat_for_each_of_many_files) {
  const TemporaryFolder folder;
  std::vector<std::string> paths = {"/absent.zip", folder.path(), folder / "missing",
                                    folder / "missing/below"};
  const auto numbered = [](const char* name, int number) {
    return std::string(name).append(std::to_string(number));
  };
  for (int i = 0; i < 700; ++i)
    paths.push_back(folder.write(numbered("d", i % 9) + numbered("/f", i), std::string(i, 'x')));
  for (int i = 0; i < 9; ++i) paths.push_back(folder / numbered("d", i));
  paths.push_back(folder / "d0/absent.py");
  std::ranges::sort(paths);
  const auto stamps = stat_all(paths).stamps;
  ASSERT_EQ(stamps.size(), paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i)
    EXPECT_EQ(stamps[i], stamp_of(paths[i])) << paths[i];
}

TEST(ParallelStat, one_thread_asks_where_no_more_are_to_be_had) {
  const TemporaryFolder folder;
  std::vector<std::string> paths;
  for (int i = 0; i < 200; ++i)
    paths.push_back(folder.write(std::string("f").append(std::to_string(i)), "x"));
  const pylaunch::testing::NoThreads no_threads;
  for (const auto& stamp : stat_all(paths).stamps) EXPECT_TRUE(stamp.has_value());
  Freshness freshness({std::string("S ").append(paths[0]), std::string("S ").append(paths[1])});
  EXPECT_EQ(freshness.stamp(paths[1]), stamp_of(paths[1]));
}

TEST(FreshnessTest, has_the_stamps_of_the_manifest_s_files_and_of_nothing_else) {
  const TemporaryFolder folder;
  const std::string file = folder.write("b", "x"), other = folder.write("c", "x");
  const std::string last = folder.write("z", "x");
  Freshness freshness(
      {"F " + file, "F " + last, "M " + other, "S", "S " + folder / "a", "S " + file});
  EXPECT_EQ(freshness.stamp(file), stamp_of(file));
  EXPECT_EQ(freshness.stamp(last), stamp_of(last));
  for (const std::string& path : {folder / "a", folder / "ab", other, std::string()})
    EXPECT_FALSE(freshness.stamp(path).has_value()) << path;
}

TEST(ParallelStat, leaves_no_descriptor_open) {
  const auto count = [] {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return std::distance(begin(files), end(files));
  };
  const auto before = count();
  stat_all({"/etc/hostname", "/etc/passwd", "/usr/bin/env", "/usr/lib"});
  EXPECT_EQ(count(), before);
}

TEST(ParallelStat, nothing_to_ask_is_no_error) { EXPECT_TRUE(stat_all({}).stamps.empty()); }

TEST(ParallelStat, link_counts_as_what_it_points_to) {
  const TemporaryFolder folder;
  const std::string file = folder.write("file", "text");
  std::filesystem::create_symlink(file, folder / "link");
  std::filesystem::create_symlink(folder / "gone", folder / "dangling");
  const auto stamps = stat_all({folder / "dangling", file, folder / "link"}).stamps;
  EXPECT_FALSE(stamps[0].has_value());
  EXPECT_EQ(stamps[1], stamps[2]);
}

TEST(StampTest, differs_when_content_or_file_does) {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "text");
  const auto first = stamp_of(path);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->size, 4u);
  EXPECT_EQ(stamp_of(path), first);
  const timespec times[2] = {{0, UTIME_NOW}, {1'000'000'000, 1}};
  utimensat(AT_FDCWD, path.c_str(), times, 0);
  EXPECT_NE(stamp_of(path), first);
  EXPECT_EQ(stamp_of(path)->mtime_ns, 1'000'000'000'000'000'001);
  // A replacement of equal size and time has another inode.
  const auto before = stamp_of(path);
  folder.write("other", "TEXT");
  utimensat(AT_FDCWD, (folder / "other").c_str(), times, 0);
  std::filesystem::rename(folder / "other", path);
  EXPECT_NE(stamp_of(path), before);
}

TEST(StampTest, differs_when_an_edit_puts_size_and_time_back) {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "text");
  const timespec times[2] = {{0, UTIME_NOW}, {1'000'000'000, 1}};
  utimensat(AT_FDCWD, path.c_str(), times, 0);
  const auto before = stamp_of(path);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the kernel's clock ticks
  folder.write("file", "TEXT");
  utimensat(AT_FDCWD, path.c_str(), times, 0);
  EXPECT_EQ(stamp_of(path)->inode, before->inode);
  EXPECT_NE(stamp_of(path), before);
}

TEST(StampTest, of_a_folder_is_that_of_its_names) {
  const TemporaryFolder folder;
  folder.write("sub/file", "");
  const std::string path = folder / "sub";
  const auto before = stamp_of(path);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  EXPECT_EQ(stamp_of(path), before);
  folder.write("sub/other", "");
  EXPECT_NE(stamp_of(path), before);
}

TEST(Listing, names_and_kinds_come_back) {
  std::string listing;
  append_name(listing, "module.py", NameKind::file);
  append_name(listing, "package", NameKind::folder);
  append_name(listing, "\xff odd \n name", NameKind::other);
  std::map<std::string, NameKind> names;
  for_each_name(
      listing, [&names](std::string_view name, NameKind kind) { names[std::string(name)] = kind; });
  EXPECT_EQ(names, (std::map<std::string, NameKind>{{"module.py", NameKind::file},
                                                    {"package", NameKind::folder},
                                                    {"\xff odd \n name", NameKind::other}}));
}

TEST(Listing, damaged_text_ends_it) {
  std::size_t count = 0;
  const auto counting = [&count](std::string_view, NameKind) { ++count; };
  for_each_name("", counting);
  for_each_name("fno-end", counting);
  for_each_name(std::string_view("\0fx\0", 4), counting);
  EXPECT_EQ(count, 0u);
}

}  // namespace pylaunch::embed::testing
