// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/manifest.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/bundle/sample_bundle.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

namespace {

constexpr const char* head = "pylaunch manifest 1\n";
constexpr std::int64_t far_future = 9'000'000'000'000'000'000;

}  // namespace

TEST(ManifestTest, text_round_trips_sorted) {
  const Manifest manifest(std::string(head) + "S /b.py\nD /a\nM numpy._x\n");
  EXPECT_EQ(manifest.lines(), "D /a\nM numpy._x\nS /b.py\n");
  EXPECT_EQ(manifest.text(), head + manifest.lines());
  EXPECT_EQ(Manifest(manifest.text()).lines(), manifest.lines());
}

TEST(ManifestTest, foreign_text_is_an_empty_manifest) {
  for (const char* text : {"", "pylaunch manifest 2\nS /b.py\n", "S /b.py\n",
                           "\x7f"
                           "ELF",
                           "pylaunch manifest 1"})
    EXPECT_TRUE(Manifest(text).empty()) << text;
}

TEST(ManifestTest, libraries_are_told_by_their_paths) {
  const Manifest manifest("pylaunch manifest 1\nL /b.so\nS /L x.py\nL /a b.so\nD /c.so\n");
  EXPECT_EQ(manifest.libraries(), (std::vector<std::string>{"/a b.so", "/b.so"}));
  EXPECT_TRUE(Manifest().libraries().empty());
}

TEST(ManifestTest, blank_and_short_lines_are_left_out) {
  const Manifest manifest(std::string(head) + "\n\nS\nS \nS /b.py");
  EXPECT_EQ(manifest.lines(), "S /b.py\n");
}

TEST(ManifestTest, merge_adds_only_used_entries_of_the_bundle) {
  const auto buffer = sample_bundle();
  const bundle::BundleView view(buffer.bytes());
  JobRecord job;
  job.used.assign(view.size(), false);
  job.used[*view.find("/site/module.py")] = true;
  job.used[*view.find("/absent.zip")] = true;
  Manifest manifest;
  EXPECT_TRUE(manifest.merge(job, &view, far_future));
  EXPECT_EQ(manifest.lines(), "D /absent.zip\nS /site/module.py\n");
  EXPECT_FALSE(manifest.merge(job, &view, far_future));
}

TEST(ManifestTest, folder_of_the_start_is_that_of_each_job) {
  const std::string text = std::string(head) + "D .\nD /a\n";
  const Manifest here(text, "/here");
  EXPECT_EQ(here.lines(), "D /here\nD /a\n");
  EXPECT_EQ(here.text(), text);
  JobRecord job;
  job.wanted = {"D /tmp"};
  Manifest there(text, "/tmp");
  EXPECT_FALSE(there.merge(job, nullptr, far_future));
  EXPECT_EQ(Manifest(there.text(), "/elsewhere").lines(), "D /elsewhere\nD /a\n");
}

TEST(ManifestTest, merge_drops_files_that_a_rank_has_written) {
  Manifest manifest(std::string(head) + "D /a\nF /a/data\nS /a/module.py\nS /b.py\n");
  JobRecord job;
  job.written = {"/a/data", "/a/module.py", "/none"};
  EXPECT_TRUE(manifest.merge(job, nullptr, far_future));
  EXPECT_EQ(manifest.lines(), "D /a\nS /b.py\n");
  EXPECT_FALSE(manifest.merge(job, nullptr, far_future));
}

TEST(ManifestTest, merge_keeps_what_an_earlier_run_used) {
  const auto buffer = sample_bundle();
  const bundle::BundleView view(buffer.bytes());
  Manifest manifest(std::string(head) + "S /earlier.py\n");
  JobRecord job;
  job.used.assign(view.size(), false);
  EXPECT_FALSE(manifest.merge(job, &view, far_future));
  EXPECT_EQ(manifest.lines(), "S /earlier.py\n");
}

TEST(ManifestTest, merge_adds_missed_files_that_still_exist) {
  const TemporaryFolder folder;
  const std::string file = folder.write("used.py", "");
  JobRecord job;
  job.wanted = {"S " + file, "S " + folder / "gone.py", "D " + folder.path(), "M no.such.name",
                "S"};
  Manifest manifest;
  EXPECT_TRUE(manifest.merge(job, nullptr, far_future));
  EXPECT_EQ(manifest.lines(), "D " + folder.path() + "\nM no.such.name\nS " + file + "\n");
}

TEST(ManifestTest, merge_leaves_out_what_the_job_wrote_itself) {
  const TemporaryFolder folder;
  const std::string file = folder.write("generated.py", "");
  struct stat status = {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  const std::int64_t written = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  JobRecord job;
  job.wanted = {"S " + file};
  Manifest manifest;
  EXPECT_FALSE(manifest.merge(job, nullptr, written));
  EXPECT_TRUE(manifest.merge(job, nullptr, written + 1));
}

TEST(ManifestTest, merge_keeps_a_folder_that_the_job_has_changed) {
  const TemporaryFolder folder;
  JobRecord job;
  job.wanted = {"D " + folder.path()};
  Manifest manifest;
  EXPECT_TRUE(manifest.merge(job, nullptr, 0));
  EXPECT_EQ(manifest.lines(), "D " + folder.path() + "\n");
}

TEST(ManifestTest, merge_copes_with_a_record_of_another_length) {
  const auto buffer = sample_bundle();
  const bundle::BundleView view(buffer.bytes());
  JobRecord job;
  job.used = {true};
  Manifest manifest;
  EXPECT_TRUE(manifest.merge(job, &view, far_future));
}

}  // namespace pylaunch::testing
