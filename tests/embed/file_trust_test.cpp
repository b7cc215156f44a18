// SPDX-License-Identifier: BSD-3-Clause
//
// What of a bundle is asked for once more, and what then is no longer relied on.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "embed/importer/file_memory.hpp"
#include "embed/stamp.hpp"
#include "tests/bundle/sample_bundle.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::embed::testing {

using pylaunch::testing::make_record;
using pylaunch::testing::TemporaryFolder;

// A bundle of files that exist: own/ is the program's, lib/ what its standard library would be.
class FileTrustTest : public ::testing::Test {
 protected:
  bundle::Record record_of(bundle::Kind kind, const std::string& path, std::string_view content) {
    bundle::Record record = make_record(kind, path, content);
    // Within one tick of the kernel's clock a folder keeps its time.
    if (kind == bundle::Kind::directory)
      std::filesystem::last_write_time(
          path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    record.stamp = *stamp_of(path);
    record.real_path = std::filesystem::canonical(path);
    return record;
  }

  void SetUp() override {
    folder_.write("own/data.txt", "data");
    folder_.write("own/a.so", "a");
    folder_.write("own/b.so", "b");
    folder_.write("own/needs_a.so", "n");
    folder_.write("lib/python/data.txt", "data");
    folder_.write("lib/python/needs_a.so", "n");
    folder_.write("lib/libinstalled.so", "i");
    symlink("own", (folder_ / "link").c_str());
    const auto names = std::string_view("fdata.txt\0fa.so\0fb.so\0fneeds_a.so\0", 34);
    std::vector<bundle::Record> records;
    using bundle::Kind;
    records.push_back(record_of(Kind::directory, own_, names));
    records.push_back(record_of(Kind::data, own_ + "/data.txt", "data"));
    records.push_back(record_of(Kind::library, own_ + "/a.so", "a"));
    records.push_back(record_of(Kind::library, own_ + "/b.so", "b"));
    records.push_back(record_of(Kind::directory, library_, std::string_view("fdata.txt\0", 10)));
    records.push_back(record_of(Kind::data, library_ + "/data.txt", "data"));
    records.push_back(record_of(Kind::data, folder_ / "lib/../link/a.so", "a"));
    records.push_back(record_of(Kind::library, folder_ / "lib/libinstalled.so", "i"));
    for (const std::string& path : {own_ + "/needs_a.so", library_ + "/needs_a.so"}) {
      records.push_back(record_of(Kind::library, path, "n"));
      records.back().dependencies = {own_ + "/a.so"};
    }
    records.push_back(make_record(Kind::absent, missing_, ""));
    buffer_ = bundle::build(std::move(records), pylaunch::testing::sample_magic,
                            pylaunch::testing::sample_abi);
    memory_ = std::make_unique<FileMemory>(host_, buffer_->bytes(), library_);
  }

  bool has_data(const std::string& path) { return memory_->data(path).data() != nullptr; }
  void rewrite(const std::string& path) {
    std::filesystem::remove(path);
    std::ofstream(path) << "something else";
  }

  TemporaryFolder folder_;
  const std::string own_ = folder_ / "own";
  const std::string library_ = folder_ / "lib/python";
  const std::string missing_ = folder_ / "missing";
  std::optional<bundle::BundleBuffer> buffer_;
  PylaunchHost host_ = {};
  std::unique_ptr<FileMemory> memory_;
};

TEST_F(FileTrustTest,
       what_is_absent_from_a_program_s_folder_is_asked_for_if_others_may_tell_of_it) {
  EXPECT_EQ(memory_->kind_now(own_ + "/new.txt"), PathKind::absent);
  folder_.write("own/new.txt", "new");
  EXPECT_EQ(memory_->kind_now(own_ + "/new.txt"), PathKind::absent) << "nobody can know";
  memory_->communication_begins();
  EXPECT_EQ(memory_->kind_of(own_ + "/new.txt"), PathKind::absent);
  EXPECT_EQ(memory_->kind_now(own_ + "/new.txt"), PathKind::unknown);
  EXPECT_EQ(memory_->listing(own_), nullptr) << "its names are others";
  EXPECT_TRUE(has_data(own_ + "/data.txt"));
}

TEST_F(FileTrustTest, what_is_absent_from_a_library_folder_is_not_asked_for) {
  memory_->communication_begins();
  folder_.write("lib/python/new.txt", "new");
  EXPECT_EQ(memory_->kind_now(library_ + "/new.txt"), PathKind::absent);
}

TEST_F(FileTrustTest, what_is_below_a_file_is_not_asked_for) {
  memory_->child_started();
  std::filesystem::remove(own_ + "/data.txt");
  folder_.write("own/data.txt/deep/part.py", "");
  EXPECT_EQ(memory_->kind_now(own_ + "/data.txt/deep/part.py"), PathKind::absent);
}

TEST_F(FileTrustTest, folder_that_was_not_there_has_changed_when_it_is) {
  EXPECT_FALSE(memory_->has_changed(*memory_->folder(missing_)));
  std::filesystem::create_directory(missing_);
  EXPECT_TRUE(memory_->has_changed(*memory_->folder(missing_)));
  EXPECT_FALSE(memory_->folder(missing_)->trusted);
}

TEST_F(FileTrustTest, folder_has_changed_when_its_names_have_or_it_is_gone) {
  EXPECT_FALSE(memory_->has_changed(*memory_->folder(own_)));
  folder_.write("own/new.txt", "");
  EXPECT_TRUE(memory_->has_changed(*memory_->folder(own_)));
  std::filesystem::remove_all(library_);
  EXPECT_TRUE(memory_->has_changed(*memory_->folder(library_)));
}

TEST_F(FileTrustTest, what_a_child_may_have_written_is_asked_for) {
  rewrite(own_ + "/data.txt");
  rewrite(library_ + "/data.txt");
  EXPECT_TRUE(has_data(own_ + "/data.txt"));
  EXPECT_NE(memory_->listing(own_), nullptr);
  memory_->child_started();
  EXPECT_FALSE(has_data(own_ + "/data.txt"));
  EXPECT_EQ(memory_->listing(own_), nullptr);
  EXPECT_TRUE(has_data(library_ + "/data.txt"));
}

TEST_F(FileTrustTest, shared_objects_are_asked_for_after_children_only) {
  rewrite(own_ + "/a.so");
  EXPECT_NE(memory_->shared_object(own_ + "/a.so"), nullptr);
  memory_->child_started();
  EXPECT_EQ(memory_->shared_object(own_ + "/a.so"), nullptr);
  EXPECT_NE(memory_->shared_object(own_ + "/b.so"), nullptr);
}

TEST_F(FileTrustTest, shared_object_is_as_new_as_what_it_needs_unless_it_is_installed) {
  rewrite(own_ + "/a.so");
  memory_->child_started();
  EXPECT_EQ(memory_->shared_object(own_ + "/needs_a.so"), nullptr);
  EXPECT_NE(memory_->shared_object(library_ + "/needs_a.so"), nullptr);
}

TEST_F(FileTrustTest, shared_object_is_not_used_when_this_process_has_written_what_it_needs) {
  memory_->distrust((own_ + "/a.so").c_str());
  EXPECT_EQ(memory_->shared_object(own_ + "/needs_a.so"), nullptr);
}

TEST_F(FileTrustTest, shared_objects_beside_the_standard_library_are_not_asked_for) {
  rewrite(folder_ / "lib/libinstalled.so");
  memory_->child_started();
  EXPECT_NE(memory_->shared_object(folder_ / "lib/libinstalled.so"), nullptr);
}

TEST_F(FileTrustTest, shared_object_that_is_gone_is_the_one_that_was_there) {
  std::filesystem::remove(own_ + "/a.so");
  memory_->child_started();
  EXPECT_NE(memory_->shared_object(own_ + "/a.so"), nullptr);
}

TEST_F(FileTrustTest, written_file_is_distrusted_by_whichever_path_it_is_known) {
  for (const std::string& spelling :
       {own_ + "/./x/../data.txt", folder_ / "link/data.txt", folder_ / "lib/../link//data.txt"}) {
    FileMemory memory(host_, buffer_->bytes(), library_);
    memory.distrust(spelling.c_str());
    EXPECT_EQ(memory.data(own_ + "/data.txt").data(), nullptr) << spelling;
    EXPECT_EQ(memory.listing(own_), nullptr) << spelling;
    EXPECT_EQ(memory.written(), std::set<std::string>{own_ + "/data.txt"}) << spelling;
  }
  for (const std::string& spelling : {own_ + "/a.so", folder_ / "link/a.so"}) {
    FileMemory memory(host_, buffer_->bytes(), library_);
    memory.distrust(spelling.c_str());
    EXPECT_EQ(memory.data(folder_ / "lib/../link/a.so").data(), nullptr) << spelling;
    EXPECT_NE(memory.data(own_ + "/data.txt").data(), nullptr) << spelling;
  }
}

TEST_F(FileTrustTest, moved_folder_takes_what_is_below_it_by_whichever_path_it_is_known) {
  memory_->distrust((folder_ / "link").c_str());
  EXPECT_EQ(memory_->data(folder_ / "lib/../link/a.so").data(), nullptr);
  EXPECT_TRUE(has_data(own_ + "/data.txt"));
}

TEST_F(FileTrustTest, link_that_is_turned_leads_elsewhere) {
  memory_->distrust((folder_ / "link/none").c_str());
  std::filesystem::remove(folder_ / "link");
  memory_->distrust((folder_ / "link").c_str());
  symlink("lib/python", (folder_ / "link").c_str());
  memory_->distrust((folder_ / "link/data.txt").c_str());
  EXPECT_FALSE(has_data(library_ + "/data.txt"));
  EXPECT_TRUE(has_data(own_ + "/data.txt"));
}

TEST_F(FileTrustTest, name_is_known_by_whichever_path_its_folder_is_known) {
  for (const std::string& spelling :
       {own_ + "/data.txt", own_ + "//./a.so/", folder_ / "link/data.txt",
        folder_ / "lib/../link//data.txt", library_ + "/../../own/a.so"})
    EXPECT_TRUE(memory_->has_name(spelling.c_str())) << spelling;
  for (const std::string& spelling :
       {own_ + "/new", own_ + "/.", own_ + "/..", own_ + "/data.txt/..", library_ + "/data.txt/new",
        missing_ + "/data.txt"})
    EXPECT_FALSE(memory_->has_name(spelling.c_str())) << spelling;
  EXPECT_TRUE(has_data(own_ + "/data.txt"));
}

TEST_F(FileTrustTest, name_is_not_known_by_a_text_that_leads_elsewhere) {
  std::filesystem::create_directories(folder_ / "far/own");
  symlink("far/own", (folder_ / "aside").c_str());
  EXPECT_FALSE(memory_->has_name((folder_ / "aside/../own/data.txt").c_str()));
  EXPECT_TRUE(memory_->has_name((folder_ / "link/../own/data.txt").c_str()));
}

TEST_F(FileTrustTest, name_is_known_as_long_as_the_listing_is_trusted) {
  memory_->distrust((own_ + "/b.so").c_str());
  EXPECT_FALSE(memory_->has_name((own_ + "/data.txt").c_str()));
  EXPECT_TRUE(memory_->has_name((library_ + "/data.txt").c_str()));
}

TEST_F(FileTrustTest, name_that_others_may_have_removed_is_asked_for) {
  const std::string path = own_ + "/data.txt";
  std::filesystem::remove(path);
  EXPECT_TRUE(memory_->has_name(path.c_str()));
  memory_->child_started();
  EXPECT_FALSE(memory_->has_name(path.c_str()));
  EXPECT_TRUE(memory_->has_name((own_ + "/a.so").c_str()));
}

TEST_F(FileTrustTest, link_that_leads_nowhere_is_no_known_name) {
  const std::string listing("odangling\0ffile\0", 16);
  std::vector<bundle::Record> records = {record_of(bundle::Kind::directory, own_, listing)};
  const bundle::BundleBuffer buffer = bundle::build(
      std::move(records), pylaunch::testing::sample_magic, pylaunch::testing::sample_abi);
  FileMemory memory(host_, buffer.bytes(), library_);
  EXPECT_FALSE(memory.has_name((own_ + "/dangling").c_str()));
  EXPECT_TRUE(memory.has_name((own_ + "/file").c_str()));
}

TEST_F(FileTrustTest, what_another_interpreter_writes_is_distrusted_at_the_next_use) {
  set_file_memory(std::move(memory_));
  const std::string path = own_ + "/data.txt";
  std::thread([&path] { distrust_file_later(path.c_str()); }).join();
  EXPECT_EQ(file_memory()->data(path).data(), nullptr);
  set_file_memory(nullptr);
}

}  // namespace pylaunch::embed::testing
