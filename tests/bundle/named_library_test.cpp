// SPDX-License-Identifier: BSD-3-Clause
//
// With a shared object that the build made for the tests (PYLAUNCH_TEST_FIXTURES).
#include "bundle/named_library.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

using bundle::open_library;
using bundle::rename_library;

namespace {

const std::string library = std::string(PYLAUNCH_TEST_FIXTURES) + "/pkg.libs/libfixture.so.3";
const std::string true_path = "/nowhere/at/all/libfixture.so.3";

std::string name_of(const void* address) {
  Dl_info info = {};
  return dladdr(address, &info) != 0 ? info.dli_fname : "";
}

}  // namespace

TEST(NamedLibrary, copy_goes_by_the_name_of_the_file) {
  const TemporaryFolder folder;
  const std::string copy = folder.write("copy.so", read_text(library));
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

TEST(NamedLibrary, what_cannot_be_loaded_gives_no_handle) {
  EXPECT_EQ(open_library("/etc/passwd", true_path, RTLD_NOW), nullptr);
  EXPECT_EQ(open_library("/nonexistent", true_path, RTLD_NOW), nullptr);
}

}  // namespace pylaunch::testing
