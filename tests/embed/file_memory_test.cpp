// SPDX-License-Identifier: BSD-3-Clause
//
// What the bundle says of paths, and when it stops being relied on. The files do not exist: nothing
// here may ask for them.
#include "embed/importer/file_memory.hpp"

#include <gtest/gtest.h>

#include "tests/bundle/sample_bundle.hpp"

namespace pylaunch::embed::testing {

class FileMemoryTest : public ::testing::Test {
 protected:
  pylaunch::bundle::BundleBuffer buffer_ = pylaunch::testing::sample_bundle();
  PylaunchHost host_ = {};
  FileMemory memory_{host_, buffer_.bytes(), "/usr/lib/python"};
};

TEST_F(FileMemoryTest, entries_and_listings_say_what_a_path_is) {
  EXPECT_EQ(memory_.kind_of("/site/module.py"), PathKind::file);
  EXPECT_EQ(memory_.kind_of("/site"), PathKind::folder);
  EXPECT_EQ(memory_.kind_of("/site/package"), PathKind::folder);
  EXPECT_EQ(memory_.kind_of("/site/none"), PathKind::absent);
  EXPECT_EQ(memory_.kind_of("/site/none/deeper/still"), PathKind::absent);
  EXPECT_EQ(memory_.kind_of("/site/module.py/below"), PathKind::absent);
  EXPECT_EQ(memory_.kind_of("/absent.zip"), PathKind::absent);
}

TEST_F(FileMemoryTest, what_no_entry_tells_is_unknown) {
  for (const char* path : {"", "relative", "/elsewhere", "/site/package/x", "/site/..", "/site/./x",
                           "/site/package/../x"})
    EXPECT_EQ(memory_.kind_of(path), PathKind::unknown) << path;
  EXPECT_EQ(memory_.kind_of("/site/" + std::string(256, 'x')), PathKind::unknown);
  EXPECT_EQ(memory_.kind_of(std::string("/site/none\0", 11)), PathKind::unknown);
  EXPECT_EQ(memory_.kind_of("/"), PathKind::folder) << "files of the bundle are below it";
}

TEST_F(FileMemoryTest, data_is_a_data_file_or_the_text_of_a_source) {
  EXPECT_EQ(memory_.data("/site/data.bin"), std::string_view("\0\1\2\xff", 4));
  EXPECT_EQ(memory_.data("/site/module.py"), "import os\n");
  for (const char* path : {"/site", "/site/a.so", "/site/only.pyc", "/none"})
    EXPECT_EQ(memory_.data(path).data(), nullptr) << path;
  std::size_t used = 0;
  for (const bool flag : memory_.used()) used += flag ? 1 : 0;
  EXPECT_EQ(used, 2u);
}

TEST_F(FileMemoryTest, real_path_is_that_of_the_file_or_of_the_folder_that_does_not_have_it) {
  EXPECT_EQ(memory_.real_path("/site/module.py"), "/site/module.py");
  EXPECT_EQ(memory_.real_path("/site/a.so"), "/store/a-1.0.so");
  EXPECT_EQ(memory_.real_path("/site/none"), "/store/site/none");
  for (const char* path : {"/site/data.bin", "/site", "/site/package/x", "/elsewhere", "relative"})
    EXPECT_EQ(memory_.real_path(path), "") << path;
  memory_.distrust("/site/module.py");
  EXPECT_EQ(memory_.real_path("/site/module.py"), "");
  EXPECT_EQ(memory_.real_path("/site/none"), "");
}

TEST_F(FileMemoryTest, a_written_file_is_no_longer_trusted_nor_is_its_folder) {
  memory_.distrust("/site/data.bin");
  EXPECT_EQ(memory_.data("/site/data.bin").data(), nullptr);
  EXPECT_EQ(memory_.kind_of("/site/data.bin"), PathKind::unknown);
  EXPECT_EQ(memory_.kind_of("/site/none"), PathKind::unknown);
  EXPECT_EQ(memory_.data("/site/module.py"), "import os\n");
  EXPECT_EQ(memory_.written(), std::set<std::string>{"/site/data.bin"});
}

TEST_F(FileMemoryTest, a_moved_folder_takes_what_is_below_it) {
  memory_.distrust("/site");
  EXPECT_EQ(memory_.data("/site/module.py").data(), nullptr);
  EXPECT_EQ(memory_.kind_of("/site/package"), PathKind::unknown);
  EXPECT_TRUE(memory_.written().empty());
}

TEST_F(FileMemoryTest, one_stat_finds_that_another_process_has_changed_a_file) {
  memory_.distrust_if_changed("/site/data.bin");  // it is gone, in truth
  EXPECT_EQ(memory_.data("/site/data.bin").data(), nullptr);
  EXPECT_NE(memory_.data("/site/module.py").data(), nullptr);
}

TEST(EmptyFileMemory, knows_nothing) {
  const PylaunchHost host = {};
  FileMemory memory(host, {}, "/usr/lib/python");
  EXPECT_EQ(memory.kind_of("/site"), PathKind::unknown);
  EXPECT_EQ(memory.data("/site/module.py").data(), nullptr);
  memory.distrust("/site");
  memory.distrust_if_changed("/site");
}

TEST_F(FileMemoryTest, newer_listing_takes_the_place_of_the_one_that_it_replaces) {
  const bundle::BundleView view(buffer_.bytes());
  const bundle::Stamp old_stamp = view.entry(*view.find("/site")).stamp;
  const NewerListing newer = {"/site", old_stamp, {1, 2, 3, 4}, std::string("fappeared.py\0", 13)};
  FileMemory memory(host_, buffer_.bytes(), "/usr/lib/python", &newer);
  EXPECT_EQ(memory.kind_of("/site/appeared.py"), PathKind::file);
  EXPECT_EQ(memory.kind_of("/site/package"), PathKind::absent);
  EXPECT_EQ(memory_.kind_of("/site/appeared.py"), PathKind::absent);
}

TEST_F(FileMemoryTest, newer_listing_is_nothing_to_a_bundle_that_is_newer_still) {
  const NewerListing newer = {
      "/site", {9, 9, 9, 9}, {1, 2, 3, 4}, std::string("fappeared.py\0", 13)};
  FileMemory memory(host_, buffer_.bytes(), "/usr/lib/python", &newer);
  EXPECT_EQ(memory.kind_of("/site/appeared.py"), PathKind::absent);
}

}  // namespace pylaunch::embed::testing
