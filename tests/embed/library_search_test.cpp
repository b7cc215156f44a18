// SPDX-License-Identifier: BSD-3-Clause
//
// Shared objects that the build made for it (PYLAUNCH_TEST_FIXTURES) are found where ld.so would
// find them.
#include "embed/library_search.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/embed/shared_objects.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::embed::testing {

using pylaunch::testing::read_text;
using pylaunch::testing::ScopedVariable;
using pylaunch::testing::TemporaryFolder;

class LibrarySearchTest : public ::testing::Test {
 protected:
  OpenFolders folders_;
  LibrarySearch search_{folders_};
};

TEST_F(LibrarySearchTest, dependency_is_found_by_origin) {
  for (const char* name : {"/pkg/extension.so", "/pkg/extension_rpath.so"}) {
    const auto object = read_shared_object(read_text(fixtures + name));
    ASSERT_TRUE(object.has_value());
    EXPECT_EQ(search_.find_dependencies(fixtures + name, *object),
              std::vector<std::string>{dependency})
        << name;
  }
}

TEST_F(LibrarySearchTest, dependency_is_found_by_ld_library_path) {
  SharedObject object;
  object.needed = {"libfixture.so.3"};
  EXPECT_TRUE(search_.find_dependencies("/somewhere/x.so", object).empty());
  const ScopedVariable path("LD_LIBRARY_PATH", ("/nonexistent:" + fixtures + "/pkg.libs").c_str());
  EXPECT_EQ(search_.find_dependencies("/somewhere/x.so", object),
            std::vector<std::string>{dependency});
}

TEST_F(LibrarySearchTest, runpath_switches_rpath_off) {
  SharedObject object;
  object.needed = {"libfixture.so.3"};
  object.rpath = {fixtures + "/pkg.libs"};
  EXPECT_EQ(search_.find_dependencies("/x/y.so", object).size(), 1u);
  object.runpath = {"/nonexistent"};
  EXPECT_TRUE(search_.find_dependencies("/x/y.so", object).empty());
}

TEST_F(LibrarySearchTest, rpath_of_what_has_loaded_it_counts_unless_it_has_a_runpath) {
  SharedObject above, object;
  above.rpath = {"$ORIGIN/../pkg.libs"};
  object.needed = {"libfixture.so.3"};
  const auto folders = search_.folders_handed_down(extension, above, {"/from/further/up"});
  EXPECT_EQ(folders, (std::vector<std::string>{fixtures + "/pkg.libs", "/from/further/up"}));
  EXPECT_TRUE(search_.find_dependencies("/x/y.so", object).empty());
  EXPECT_EQ(search_.find_dependencies("/x/y.so", object, folders),
            std::vector<std::string>{dependency});
  object.runpath = {"/nonexistent"};
  EXPECT_TRUE(search_.find_dependencies("/x/y.so", object, folders).empty());
  above.runpath = {"/elsewhere"};
  EXPECT_EQ(search_.folders_handed_down(extension, above, {}), std::vector<std::string>{});
}

TEST_F(LibrarySearchTest, system_libraries_and_what_is_loaded_stay_where_they_are) {
  SharedObject object;
  object.needed = {"libc.so.6", "libm.so.6", "/absolute/lib.so", "libnot-there.so"};
  object.runpath = {"/lib/x86_64-linux-gnu", "/usr/lib"};
  EXPECT_TRUE(search_.find_dependencies("/x/y.so", object).empty());
}

TEST_F(LibrarySearchTest, one_library_by_two_paths_is_one_dependency) {
  SharedObject object;
  object.needed = {"libfixture.so.3"};
  object.runpath = {fixtures + "/pkg/../pkg.libs"};
  EXPECT_EQ(search_.find_dependencies("/x/y.so", object), std::vector<std::string>{dependency});
}

TEST_F(LibrarySearchTest, links_lead_to_the_one_path) {
  const TemporaryFolder folder;
  folder.write("real/pkg/x", "");
  folder.write("real/libs/libfixture.so.3", "");
  std::filesystem::create_directory_symlink(folder / "real/pkg", folder / "pkg");
  SharedObject object;
  object.needed = {"libfixture.so.3"};
  object.runpath = {"$ORIGIN/../libs"};  // of where the link leads to, as the kernel walks it
  EXPECT_EQ(
      search_.find_dependencies(folder / "pkg/x.so", object),
      std::vector<std::string>{std::filesystem::canonical(folder / "real/libs/libfixture.so.3")});
}

TEST_F(LibrarySearchTest, folders_are_searched_in_order_and_what_is_missing_is_passed_over) {
  const TemporaryFolder folder;
  folder.write("a/libother.so", "");
  folder.write("b/libfixture.so.3", "");
  folder.write("b/libother.so", "");
  SharedObject object;
  object.needed = {"libfixture.so.3", "libnot-there.so", "libother.so"};
  object.runpath = {folder / "nothing", folder / "a", folder / "b"};
  const auto real = [&](const char* name) { return std::filesystem::canonical(folder / name); };
  const std::vector<std::string> expected = {real("b/libfixture.so.3"), real("a/libother.so")};
  for (int round = 0; round < 2; ++round)  // the second time from what is known
    EXPECT_EQ(search_.find_dependencies("/x/y.so", object), expected);
}

}  // namespace pylaunch::embed::testing
