// SPDX-License-Identifier: BSD-3-Clause
//
// With shared objects that the build made for the tests (PYLAUNCH_TEST_FIXTURES): one needs
// another, which its copy does not find.
#include "bundle/library_group.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

using bundle::GroupMember;
using bundle::object_that_needs;
using bundle::open_group;

namespace {

const std::string fixtures = PYLAUNCH_TEST_FIXTURES;

std::string name_of(const void* address) {
  Dl_info info = {};
  return dladdr(address, &info) != 0 ? info.dli_fname : "";
}

bool stack_is_executable() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.ends_with("[stack]")) return line.find("rwx") != line.npos;
  ADD_FAILURE() << "no stack";
  return true;
}

}  // namespace

class LibraryGroup : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  const std::string user_ = folder_.write("1", read_text(fixtures + "/pkg/extension.so"));
  const std::string used_ = folder_.write("2", read_text(fixtures + "/pkg.libs/libfixture.so.3"));
};

// First, as what the others load stays.
TEST_F(LibraryGroup, what_cannot_be_loaded_gives_no_handles) {
  EXPECT_TRUE(open_group({{user_, "/nowhere/user.so"}}, RTLD_NOW).empty());
  EXPECT_TRUE(open_group({{used_, "/nowhere/used.so"}, {"/nonexistent", "/nonexistent"}}, RTLD_NOW)
                  .empty());
  EXPECT_TRUE(open_group({{"/etc/passwd", "/etc/passwd"}}, RTLD_NOW).empty());
}

TEST_F(LibraryGroup, members_find_one_another_and_go_by_their_true_names) {
  ASSERT_EQ(dlopen(user_.c_str(), RTLD_NOW), nullptr) << "it should need the other one";
  const std::vector<void*> handles =
      open_group({{user_, "/nowhere/user.so"}, {used_, "/nowhere/used.so"}}, RTLD_NOW | RTLD_LOCAL);
  ASSERT_EQ(handles.size(), 2u) << dlerror();
  EXPECT_EQ(dlopen("/nowhere/user.so", RTLD_NOW), handles[0]);
  EXPECT_EQ(dlopen("/nowhere/used.so", RTLD_NOW), handles[1]);
  EXPECT_EQ(name_of(dlsym(handles[1], "fixture")), "/nowhere/used.so");
  EXPECT_FALSE(stack_is_executable());
}

TEST_F(LibraryGroup, the_next_one_is_another) {
  const std::string other = folder_.write("3", read_text(fixtures + "/pkg/extension_rpath.so"));
  ASSERT_EQ(open_group({{user_, "/nowhere/user.so"}, {used_, "/nowhere/used.so"}}, RTLD_NOW).size(),
            2u);
  const auto handles = open_group({{other, "/nowhere/other.so"}}, RTLD_NOW);
  ASSERT_EQ(handles.size(), 1u) << dlerror();
  EXPECT_NE(handles[0], dlopen("/nowhere/user.so", RTLD_NOW));
}

TEST_F(LibraryGroup, many_members_with_long_names_make_a_sound_object) {
  std::vector<GroupMember> members;
  for (int i = 0; i < 2000; ++i) members.push_back({"/" + std::string(200, 'x'), ""});
  const std::string path = folder_.write("object", object_that_needs(members));
  EXPECT_EQ(dlopen(path.c_str(), RTLD_NOW), nullptr);
  EXPECT_NE(std::string(dlerror()).find("/xxx"), std::string::npos)
      << "it should have got to these";
}

}  // namespace pylaunch::testing
