// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/new_file.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>

#include "bundle/reader.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

class NewFileTest : public ::testing::Test {
 protected:
  std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(folder_.path()), {});
  }
  TemporaryFolder folder_;
  std::string path_ = folder_.write("a", "old");
};

TEST_F(NewFileTest, takes_the_place_of_the_old_one_when_it_is_published) {
  NewFile file(path_);
  file.write(bundle::as_bytes("ne"));
  file.write(bundle::as_bytes("w"));
  EXPECT_EQ(read_text(path_), "old");
  EXPECT_TRUE(file.publish());
  EXPECT_EQ(read_text(path_), "new");
  EXPECT_EQ(files(), 1);
}

TEST_F(NewFileTest, leaves_nothing_when_it_is_not_published) {
  {
    NewFile file(path_);
    file.write(bundle::as_bytes("half"));
    EXPECT_EQ(files(), 2);
  }
  EXPECT_EQ(read_text(path_), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(NewFileTest, without_room_the_old_one_stays) {
  auto* const before = signal(SIGXFSZ, SIG_IGN);
  rlimit limit = {};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small = {4, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  {
    NewFile file(path_);
    file.write(bundle::as_bytes("longer than that"));
    EXPECT_FALSE(file);
    EXPECT_FALSE(file.publish());
    EXPECT_EQ(file.error(), EFBIG);
  }
  setrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, before);
  EXPECT_EQ(read_text(path_), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(NewFileTest, two_at_once_do_not_disturb_one_another) {
  NewFile first(path_);
  NewFile second(path_);
  first.write(bundle::as_bytes("first"));
  second.write(bundle::as_bytes("second"));
  EXPECT_TRUE(first.publish());
  EXPECT_EQ(read_text(path_), "first");
  EXPECT_TRUE(second.publish());
  EXPECT_EQ(read_text(path_), "second");
  EXPECT_EQ(files(), 1);
}

TEST_F(NewFileTest, folder_that_is_not_there_is_an_error) {
  NewFile file(folder_ / "none/a");
  EXPECT_EQ(file.error(), ENOENT);
  EXPECT_FALSE(file.publish());
}

}  // namespace pylaunch::testing
