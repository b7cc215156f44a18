// SPDX-License-Identifier: BSD-3-Clause
#include "embed/loaded_libraries.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/temporary_folder.hpp"

namespace pylaunch::embed::testing {

namespace {

const std::string library = std::string(PYLAUNCH_TEST_FIXTURES) + "/pkg.libs/libfixture.so.3";
const std::string true_path = "/nowhere/at/all/libfixture.so.3";

std::string name_of(const void* address) {
  Dl_info info = {};
  return dladdr(address, &info) != 0 ? info.dli_fname : "";
}

}  // namespace

TEST(LoadedLibraries, are_known_by_their_sonames) {
  EXPECT_TRUE(is_loaded("libc.so.6"));
  EXPECT_FALSE(is_loaded("libc.so"));
  EXPECT_FALSE(is_loaded("libfixture.so.3"));
  ASSERT_NE(open_library(library.c_str(), library, RTLD_NOW), nullptr);
  EXPECT_TRUE(is_loaded("libfixture.so.3"));
}

TEST(LoadedLibraries, say_what_they_are_and_need) {
  void* handle = open_library(library.c_str(), library, RTLD_NOW);
  ASSERT_NE(handle, nullptr);
  EXPECT_EQ(soname_at(dlsym(handle, "fixture")), "libfixture.so.3");
  EXPECT_EQ(soname_at(nullptr), "");
  const std::vector<std::string> users = objects_that_need("libc.so.6");
  EXPECT_NE(std::find(users.begin(), users.end(), ""), users.end());  // this program
  EXPECT_TRUE(objects_that_need("libfixture.so.3").empty());
  EXPECT_TRUE(objects_that_need("").empty());
}

TEST(LoadedLibraries, copy_goes_by_the_name_of_the_file) {
  const pylaunch::testing::TemporaryFolder folder;
  const std::string copy = folder.write("copy.so", pylaunch::testing::read_text(library));
  void* handle = open_library(copy.c_str(), true_path, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(handle, nullptr) << dlerror();
  EXPECT_EQ(name_of(dlsym(handle, "fixture")), true_path);
  // There is no such file: ld.so must have taken the one that is loaded.
  EXPECT_EQ(dlopen(true_path.c_str(), RTLD_NOW), handle);
  rename_library(handle, "/another/spelling");
  EXPECT_EQ(dlopen("/another/spelling", RTLD_NOW), handle);
  EXPECT_EQ(dlopen(true_path.c_str(), RTLD_NOW), nullptr);
  // Its name is ld.so's to free.
  for (int i = 0; i < 3; ++i) dlclose(handle);
}

TEST(LoadedLibraries, what_cannot_be_loaded_gives_no_handle) {
  EXPECT_EQ(open_library("/etc/passwd", true_path, RTLD_NOW), nullptr);
  EXPECT_EQ(open_library("/nonexistent", true_path, RTLD_NOW), nullptr);
}

}  // namespace pylaunch::embed::testing
