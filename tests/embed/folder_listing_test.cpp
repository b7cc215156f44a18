// SPDX-License-Identifier: BSD-3-Clause
//
// With a file system that fails when it is told to: this executable has the calls instead of libc.
#include "embed/folder_listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <vector>

#include "embed/listing.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

// The errors of the next calls, one for each; 0 lets one pass. Afterwards all pass.
std::vector<int> listing_errors, status_errors;

bool fails(std::vector<int>& errors) {
  if (errors.empty()) return false;
  const int error = errors.front();
  errors.erase(errors.begin());
  errno = error;
  return error != 0;
}

}  // namespace

extern "C" ssize_t getdents64(int descriptor, void* entries, std::size_t size) noexcept {
  return fails(listing_errors) ? -1 : syscall(SYS_getdents64, descriptor, entries, size);
}

extern "C" int fstatat(int folder, const char* name, struct stat* status, int flags) noexcept {
  if (fails(status_errors)) return -1;
  return static_cast<int>(syscall(SYS_newfstatat, folder, name, status, flags));
}

namespace pylaunch::embed::testing {

using pylaunch::testing::TemporaryFolder;

class FolderListingTest : public ::testing::Test {
 protected:
  ~FolderListingTest() override {
    listing_errors.clear();
    status_errors.clear();
  }

  static std::optional<FolderListing> list(const std::string& path) {
    return list_folder({AT_FDCWD, path.c_str()});
  }
  static std::map<std::string, NameKind> names_of(const std::optional<FolderListing>& listing) {
    std::map<std::string, NameKind> names;
    if (listing)
      for_each_name(listing->names, [&names](std::string_view name, NameKind kind) {
        names[std::string(name)] = kind;
      });
    return names;
  }

  TemporaryFolder folder_;
};

TEST_F(FolderListingTest, folder_that_cannot_be_read_to_its_end_is_not_taken_for_a_shorter_one) {
  for (int i = 0; i < 2000; ++i) folder_.write("name" + std::to_string(i), "");
  ASSERT_EQ(names_of(list(folder_.path())).size(), 2000u);
  for (const int error : {EIO, ESTALE, ENOENT}) {
    listing_errors = {error};
    EXPECT_FALSE(list(folder_.path()).has_value());
    listing_errors = {0, error};
    EXPECT_FALSE(list(folder_.path()).has_value());
  }
}

TEST_F(FolderListingTest, interrupted_call_is_made_again) {
  std::filesystem::create_symlink(folder_.write("target", ""), folder_ / "link");
  listing_errors = {EINTR, EINTR, 0, EINTR};
  status_errors = {EINTR, EINTR};
  EXPECT_EQ(
      names_of(list(folder_.path())),
      (std::map<std::string, NameKind>{{"link", NameKind::file}, {"target", NameKind::file}}));
}

TEST_F(FolderListingTest, folder_that_cannot_be_opened_is_not_taken_for_an_empty_one) {
  folder_.write("name", "");
  rlimit usual = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &usual), 0);
  const rlimit none = {0, usual.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const std::optional<FolderListing> listing = list(folder_.path());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &usual), 0);
  EXPECT_FALSE(listing.has_value());
}

TEST_F(FolderListingTest, what_a_link_leads_to_is_not_guessed_when_the_file_system_fails) {
  std::filesystem::create_symlink(folder_.write("target", ""), folder_ / "link");
  for (const int error : {EIO, ESTALE, ETIMEDOUT}) {
    status_errors = {error};
    EXPECT_FALSE(list(folder_.path()).has_value());
  }
}

TEST_F(FolderListingTest, link_that_leads_nowhere_is_neither_file_nor_folder) {
  const std::string file = folder_.write("file", "");
  std::filesystem::create_symlink(folder_ / "none", folder_ / "dangling");
  std::filesystem::create_symlink(file + "/below", folder_ / "below_a_file");
  std::filesystem::create_symlink(folder_ / "round", folder_ / "round");
  std::filesystem::create_symlink(std::string(300, 'x'), folder_ / "long");
  EXPECT_EQ(names_of(list(folder_.path())),
            (std::map<std::string, NameKind>{{"below_a_file", NameKind::other},
                                             {"dangling", NameKind::other},
                                             {"file", NameKind::file},
                                             {"long", NameKind::other},
                                             {"round", NameKind::other}}));
}

TEST_F(FolderListingTest, absent_folder_is_one_that_does_not_exist_and_a_file_is_none) {
  const std::optional<FolderListing> listing = list(folder_ / "none");
  ASSERT_TRUE(listing.has_value());
  EXPECT_FALSE(listing->exists);
  EXPECT_FALSE(list(folder_.write("file", "")).has_value());
}

TEST_F(FolderListingTest, folder_that_may_not_be_listed_is_an_empty_one) {
  namespace fs = std::filesystem;
  const std::string inner = folder_ / "inner";
  folder_.write("inner/name", "");
  fs::permissions(folder_.path(), fs::perms(0711));
  fs::permissions(inner, fs::perms(0111));
  const bool is_root = geteuid() == 0;  // who may list anything
  ASSERT_TRUE(!is_root || seteuid(65534) == 0);
  const std::optional<FolderListing> listing = list(inner);
  ASSERT_TRUE(!is_root || seteuid(0) == 0);
  fs::permissions(inner, fs::perms(0711));
  ASSERT_TRUE(listing.has_value());
  EXPECT_TRUE(listing->exists);
  EXPECT_EQ(listing->names, "");
}

}  // namespace pylaunch::embed::testing
