// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/cache_room.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <set>

#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

class CacheRoom : public ::testing::Test {
 protected:
  // `age` in hours.
  void put(const std::string& name, std::size_t bytes, int age) {
    const std::string path = folder_.write(name, std::string(bytes, 'x'));
    const std::time_t then = std::time(nullptr) - age * 3600;
    const timespec times[2] = {{then, 0}, {then, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path()))
      names.insert(file.path().filename());
    return names;
  }
  static std::string key(char digit) { return std::string(16, digit); }
  using Names = std::set<std::string>;
  TemporaryFolder folder_;
};

TEST_F(CacheRoom, bundles_that_were_not_used_for_longest_go_until_the_new_one_fits) {
  put(key('a') + ".bundle", 400, 3);
  put(key('b') + ".bundle", 400, 30);
  put(key('c') + ".bundle", 400, 20);
  put(key('b') + ".manifest", 400, 30);
  EXPECT_TRUE(make_room(folder_.path(), "new.bundle", 500, 1000));
  EXPECT_EQ(names(), (Names{key('a') + ".bundle", key('b') + ".manifest"}));
}

TEST_F(CacheRoom, nothing_goes_while_all_fits) {
  put(key('a') + ".bundle", 400, 3);
  put(key('b') + ".bundle", 100, 30);
  EXPECT_TRUE(make_room(folder_.path(), "new.bundle", 500, 1000));
  EXPECT_EQ(names(), (Names{key('a') + ".bundle", key('b') + ".bundle"}));
}

TEST_F(CacheRoom, the_bundle_that_is_replaced_does_not_count) {
  put(key('a') + ".bundle", 600, 3);
  put(key('b') + ".bundle", 400, 30);
  EXPECT_TRUE(make_room(folder_.path(), key('a') + ".bundle", 600, 1000));
  EXPECT_EQ(names(), (Names{key('a') + ".bundle", key('b') + ".bundle"}));
}

TEST_F(CacheRoom, what_can_never_fit_drives_nothing_out) {
  put(key('a') + ".bundle", 600, 3);
  EXPECT_FALSE(make_room(folder_.path(), "new.bundle", 1001, 1000));
  EXPECT_EQ(names(), Names{key('a') + ".bundle"});
}

TEST_F(CacheRoom, half_written_files_of_killed_jobs_go_after_a_day) {
  put(key('a') + ".bundle.0000000000000123.new", 600, 25);
  put(key('b') + ".bundle.0000000000000124.new", 600, 2);
  EXPECT_TRUE(make_room(folder_.path(), "new.bundle", 10, 1000));
  EXPECT_EQ(names(), Names{key('b') + ".bundle.0000000000000124.new"});
}

TEST_F(CacheRoom, files_of_the_users_own_stay) {
  const Names own = {"repo.bundle", "results.new", "app.manifest", "python-notes",
                     "expected-output"};
  for (const std::string& name : own) put(name, 600, 100);
  EXPECT_TRUE(make_room(folder_.path(), "new.bundle", 500, 1000));
  EXPECT_EQ(names(), own);
}

TEST_F(CacheRoom, many_small_files_go_by_age_and_those_of_others_stay) {
  const auto note = [](int number) { return fmt::format("expected-{:016x}", number); };
  for (int i = 0; i < 3010; ++i) put(note(i), 1, 4000 - i);
  put("notes.txt", 1, 9000);
  std::filesystem::create_directory(folder_ / (key('d') + ".bundle"));
  EXPECT_TRUE(make_room(folder_.path(), "new.bundle", 10, 1000));
  const Names left = names();
  EXPECT_EQ(left.size(), 2u + 2999u);
  EXPECT_TRUE(left.contains("notes.txt"));
  EXPECT_FALSE(left.contains(note(10)));
  EXPECT_TRUE(left.contains(note(11)));
}

TEST_F(CacheRoom, a_folder_that_is_not_there_is_no_error) {
  EXPECT_TRUE(make_room(folder_ / "none", "new.bundle", 10, 1000));
}

}  // namespace pylaunch::testing
