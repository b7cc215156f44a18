// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/bundle_prefetch.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "bundle/reader.hpp"
#include "tests/bundle/sample_bundle.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

using Words = std::vector<std::string>;

TEST(ProgramWords, end_with_the_script_command_or_module) {
  EXPECT_EQ(program_words({"run.py", "--steps", "3"}), Words({"run.py"}));
  EXPECT_EQ(program_words({"-I", "-u", "run.py", "x"}), Words({"-I", "-u", "run.py"}));
  EXPECT_EQ(program_words({"-c", "print(1)", "x"}), Words({"-c", "print(1)"}));
  EXPECT_EQ(program_words({"-cprint(1)", "x"}), Words({"-cprint(1)"}));
  EXPECT_EQ(program_words({"-Im", "pkg.tool", "x"}), Words({"-Im", "pkg.tool"}));
  EXPECT_EQ(program_words({"-W", "error", "-X", "dev", "run.py", "x"}),
            Words({"-W", "error", "-X", "dev", "run.py"}));
  EXPECT_EQ(program_words({"-Wcomic", "-Xmac", "run.py", "x"}),
            Words({"-Wcomic", "-Xmac", "run.py"}));
  EXPECT_EQ(program_words({"--check-hash-based-pycs", "never", "run.py", "x"}),
            Words({"--check-hash-based-pycs", "never", "run.py"}));
  EXPECT_EQ(program_words({"-", "x"}), Words({"-"}));
  EXPECT_EQ(program_words({"-m"}), Words({"-m"}));
  EXPECT_EQ(program_words({}), Words());
}

class BundlePrefetchTest : public ::testing::Test {
 protected:
  BundlePrefetchTest() {
    Options options;
    options.manifest_dir = folder_.path();
    cache_ = CacheDirectory::open(options);
    cache_.write("a.bundle", sample_.bytes());
    cache_.write("b.bundle", sample_.bytes());
  }
  BundlePrefetch begin(const Words& arguments = {"run.py"}) const {
    return {cache_, "/usr/bin/python3", arguments, false, true};
  }
  bool gives_bundle(BundlePrefetch prefetch, const std::string& name) const {
    return bundle::as_text(prefetch.take(cache_, name, true).bytes()) ==
           bundle::as_text(sample_.bytes());
  }
  void run_with(const std::string& name, const Words& arguments = {"run.py"}) const {
    BundlePrefetch prefetch = begin(arguments);
    prefetch.take(cache_, name, true);
    prefetch.expect(cache_, name, true);
  }
  // Reads, and then finds its file gone: what it gives then, it has read before.
  bool reads_early(const std::string& name, const Words& arguments = {"run.py"}) const {
    BundlePrefetch prefetch = begin(arguments);
    prefetch.wait();
    std::filesystem::rename(folder_ / name, folder_ / "away");
    const bool is_read = gives_bundle(std::move(prefetch), name);
    std::filesystem::rename(folder_ / "away", folder_ / name);
    return is_read;
  }
  std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(folder_.path()), {});
  }

  TemporaryFolder folder_;
  bundle::BundleBuffer sample_ = sample_bundle();
  CacheDirectory cache_;
};

TEST_F(BundlePrefetchTest, what_the_last_run_needed_is_read_early) {
  EXPECT_FALSE(reads_early("a.bundle"));
  run_with("a.bundle");
  EXPECT_TRUE(reads_early("a.bundle"));
  EXPECT_TRUE(reads_early("a.bundle", {"run.py", "other", "arguments"}));
}

TEST_F(BundlePrefetchTest, another_program_expects_another_bundle) {
  run_with("a.bundle");
  EXPECT_FALSE(reads_early("a.bundle", {"other.py"}));
}

TEST_F(BundlePrefetchTest, pythons_variables_count) {
  run_with("a.bundle");
  setenv("PYTHONPATH", "/elsewhere", 1);
  EXPECT_FALSE(reads_early("a.bundle"));
  unsetenv("PYTHONPATH");
  EXPECT_TRUE(reads_early("a.bundle"));
}

TEST_F(BundlePrefetchTest, the_right_bundle_comes_when_another_was_expected) {
  run_with("a.bundle");
  EXPECT_TRUE(gives_bundle(begin(), "b.bundle"));
  EXPECT_FALSE(gives_bundle(begin(), "missing.bundle"));
  run_with("b.bundle");
  EXPECT_TRUE(reads_early("b.bundle"));
}

TEST_F(BundlePrefetchTest, a_note_that_names_no_file_of_the_cache_is_passed_over) {
  run_with("../a.bundle");
  EXPECT_TRUE(gives_bundle(begin(), "a.bundle"));
}

TEST_F(BundlePrefetchTest, the_note_is_written_once) {
  run_with("a.bundle");
  const std::ptrdiff_t before = files();
  run_with("a.bundle");
  EXPECT_EQ(files(), before);
}

TEST_F(BundlePrefetchTest, libraries_are_read_again_when_they_were_not_expected) {
  BundlePrefetch alone(cache_, "/usr/bin/python3", {"run.py"}, true, true);
  EXPECT_FALSE(bundle::BundleView(alone.take(cache_, "a.bundle", false).bytes()).has_libraries());
  alone.expect(cache_, "a.bundle", false);
  BundlePrefetch again(cache_, "/usr/bin/python3", {"run.py"}, true, true);
  EXPECT_TRUE(gives_bundle(std::move(again), "a.bundle"));
  EXPECT_FALSE(reads_early("a.bundle")) << "a job of several ranks has notes of its own";
}

TEST_F(BundlePrefetchTest, without_leave_to_begin_it_is_read_when_it_is_needed) {
  run_with("a.bundle");
  BundlePrefetch prefetch(cache_, "/usr/bin/python3", {"run.py"}, false, false);
  prefetch.wait();
  std::filesystem::rename(folder_ / "a.bundle", folder_ / "away");
  EXPECT_TRUE(prefetch.take(cache_, "a.bundle", true).empty());
  std::filesystem::rename(folder_ / "away", folder_ / "a.bundle");
  EXPECT_TRUE(gives_bundle(std::move(prefetch), "a.bundle"));
}

TEST_F(BundlePrefetchTest, nothing_is_read_or_written_without_a_cache) {
  const CacheDirectory none;
  BundlePrefetch prefetch(none, "/usr/bin/python3", {"run.py"}, false, true);
  EXPECT_TRUE(prefetch.take(none, "a.bundle", true).empty());
  prefetch.expect(none, "a.bundle", true);
  EXPECT_EQ(files(), 2);
}

}  // namespace pylaunch::testing
