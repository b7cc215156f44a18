// SPDX-License-Identifier: BSD-3-Clause
//
// Cached bytecode is code: it is read only from what the user owns and nobody else may write.
#include "launcher/cache_directory.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

#include "tests/bundle/sample_bundle.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

class CacheDirectoryTest : public ::testing::Test {
 protected:
  CacheDirectory open() const {
    Options options;
    options.manifest_dir = folder_.path();
    return CacheDirectory::open(options);
  }
  void put_bundle(bundle::Bytes bytes, mode_t mode = 0600) const {
    folder_.write("x.bundle", bundle::as_text(bytes), mode);
  }
  bool reads_bundle() const { return !open().read_bundle("x.bundle", true).empty(); }

  TemporaryFolder folder_;
  bundle::BundleBuffer sample_ = sample_bundle();
};

TEST_F(CacheDirectoryTest, written_files_come_back) {
  const CacheDirectory cache = open();
  ASSERT_TRUE(cache.write("a", bundle::as_bytes("text")));
  EXPECT_EQ(cache.read_text("a"), "text");
  ASSERT_TRUE(cache.write("a", bundle::as_bytes("other")));
  EXPECT_EQ(cache.read_text("a"), "other");
  ASSERT_TRUE(cache.write("x.bundle", sample_.bytes()));
  EXPECT_EQ(bundle::as_text(cache.read_bundle("x.bundle", true).bytes()),
            bundle::as_text(sample_.bytes()));
}

TEST_F(CacheDirectoryTest, written_files_are_private_and_leave_nothing_beside_them) {
  ASSERT_TRUE(open().write("a", bundle::as_bytes("text")));
  struct stat status = {};
  ASSERT_EQ(stat((folder_ / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const std::filesystem::directory_iterator files(folder_.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(CacheDirectoryTest, missing_files_are_no_error) {
  EXPECT_FALSE(open().read_text("nothing").has_value());
  EXPECT_TRUE(open().read_bundle("nothing", true).empty());
}

TEST_F(CacheDirectoryTest, folder_is_made_when_it_is_missing) {
  Options options;
  options.manifest_dir = folder_ / "deep/er";
  const CacheDirectory cache = CacheDirectory::open(options);
  ASSERT_TRUE(cache);
  EXPECT_TRUE(cache.write("a", bundle::as_bytes("x")));
}

TEST_F(CacheDirectoryTest, says_why_nothing_is_kept) {
  EXPECT_EQ(open().problem(), "");
  Options options;
  options.manifest_dir = folder_.write("file", "");
  EXPECT_EQ(CacheDirectory::open(options).problem(),
            "cannot make the folder " + options.manifest_dir + ": Not a directory");
  options.manifest_dir = folder_ / "file/below";
  EXPECT_EQ(CacheDirectory::open(options).problem(),
            "cannot make the folder " + options.manifest_dir + ": Not a directory");
  CacheDirectory cache = open();
  std::filesystem::remove_all(folder_.path());
  EXPECT_FALSE(cache.write("a", bundle::as_bytes("x")));
  EXPECT_EQ(cache.problem(), "cannot write " + folder_ / "a: No such file or directory");
  cache.forget_problem();
  EXPECT_EQ(cache.problem(), "");
}

TEST_F(CacheDirectoryTest, no_cache_means_no_folder_no_reading_no_writing) {
  Options options;
  options.manifest_dir = folder_ / "new";
  options.cache = false;
  const CacheDirectory cache = CacheDirectory::open(options);
  EXPECT_FALSE(cache);
  EXPECT_FALSE(cache.write("a", bundle::as_bytes("x")));
  EXPECT_FALSE(cache.read_text("a").has_value());
  EXPECT_TRUE(cache.read_bundle("a", true).empty());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "new"));
}

TEST_F(CacheDirectoryTest, default_folder_follows_the_xdg_rules) {
  const ScopedVariable home("HOME", folder_.path().c_str());
  {
    const ScopedVariable unset("XDG_CACHE_HOME", nullptr);
    EXPECT_EQ(CacheDirectory::open({}).path(), folder_ / ".cache/pylaunch");
  }
  const std::string xdg = folder_ / "xdg";
  {
    const ScopedVariable set("XDG_CACHE_HOME", xdg.c_str());
    EXPECT_EQ(CacheDirectory::open({}).path(), xdg + "/pylaunch");
  }
  const ScopedVariable relative("XDG_CACHE_HOME", "relative");
  EXPECT_EQ(CacheDirectory::open({}).path(), folder_ / ".cache/pylaunch");
}

TEST_F(CacheDirectoryTest, without_a_home_there_is_no_cache) {
  const ScopedVariable home("HOME", nullptr);
  const ScopedVariable xdg("XDG_CACHE_HOME", nullptr);
  EXPECT_FALSE(CacheDirectory::open({}));
}

TEST_F(CacheDirectoryTest, folder_that_cannot_be_made_is_no_error) {
  Options options;
  options.manifest_dir = folder_.write("file", "") + "/below";
  EXPECT_FALSE(CacheDirectory::open(options));
  options.manifest_dir = folder_ / "file";
  EXPECT_FALSE(CacheDirectory::open(options));
}

TEST_F(CacheDirectoryTest, files_that_others_may_write_are_refused) {
  for (const mode_t mode : {0620, 0602, 0666}) {
    put_bundle(sample_.bytes(), mode);
    EXPECT_FALSE(reads_bundle()) << std::oct << mode;
  }
  put_bundle(sample_.bytes(), 0644);
  EXPECT_TRUE(reads_bundle());
}

TEST_F(CacheDirectoryTest, files_of_another_user_are_refused) {
  put_bundle(sample_.bytes());
  if (chown((folder_ / "x.bundle").c_str(), 65534, 65534) != 0) {
    // Not root: somebody else's file has to be one that exists.
    ASSERT_NE(geteuid(), 0u);
    Options options;
    options.manifest_dir = "/etc";
    EXPECT_FALSE(CacheDirectory::open(options).read_text("passwd").has_value());
    return;
  }
  EXPECT_FALSE(reads_bundle());
}

TEST_F(CacheDirectoryTest, links_are_refused) {
  folder_.write("elsewhere", bundle::as_text(sample_.bytes()), 0600);
  std::filesystem::create_symlink(folder_ / "elsewhere", folder_ / "x.bundle");
  EXPECT_FALSE(reads_bundle());
}

TEST_F(CacheDirectoryTest, folders_and_pipes_are_refused_without_waiting) {
  std::filesystem::create_directory(folder_ / "x.bundle");
  EXPECT_FALSE(reads_bundle());
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  alarm(5);  // ends the test if the open waits for a writer
  EXPECT_FALSE(open().read_text("pipe").has_value());
  alarm(0);
}

TEST_F(CacheDirectoryTest, truncated_and_corrupt_bundles_are_refused) {
  const bundle::Bytes whole = sample_.bytes();
  const bundle::BundleView view(whole);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{8}, sizeof(bundle::Header), whole.size() / 2, whole.size() - 1,
        view.without_libraries().size()}) {
    put_bundle(whole.first(size));
    EXPECT_FALSE(reads_bundle()) << size;
  }
  ExactBytes damaged(whole);
  damaged.data()[whole.size() - 5000] ^= std::byte{1};
  put_bundle(damaged.bytes());
  EXPECT_FALSE(reads_bundle());
}

TEST_F(CacheDirectoryTest, libraries_that_are_not_wanted_are_not_read) {
  const bundle::Bytes whole = sample_.bytes();
  const bundle::Bytes prefix = bundle::BundleView(whole).without_libraries();
  ExactBytes damaged(whole);
  damaged.data()[prefix.size()] ^= std::byte{1};
  put_bundle(damaged.bytes());
  EXPECT_FALSE(reads_bundle());
  EXPECT_EQ(bundle::as_text(open().read_bundle("x.bundle", false).bytes()),
            bundle::as_text(prefix));
  damaged.data()[prefix.size() - 1] ^= std::byte{1};
  put_bundle(damaged.bytes());
  EXPECT_TRUE(open().read_bundle("x.bundle", false).empty());
}

TEST_F(CacheDirectoryTest, header_that_says_where_libraries_cannot_be_is_refused) {
  const std::size_t whole = sample_.bytes().size();
  for (const std::uint64_t offset : {std::uint64_t{0}, sizeof(bundle::Header) - 1, whole + 1}) {
    ExactBytes damaged(sample_.bytes());
    std::memcpy(damaged.data() + offsetof(bundle::Header, libraries_offset), &offset,
                sizeof offset);
    put_bundle(damaged.bytes());
    EXPECT_TRUE(open().read_bundle("x.bundle", false).empty()) << offset;
  }
}

TEST_F(CacheDirectoryTest, folder_without_permission_costs_nothing_but_the_cache) {
  if (geteuid() == 0) {
    // Root may write anywhere but on a file system without files.
    Options options;
    options.manifest_dir = "/proc";
    EXPECT_FALSE(CacheDirectory::open(options).write("a", bundle::as_bytes("x")));
    return;
  }
  chmod(folder_.path().c_str(), 0500);
  EXPECT_FALSE(open().write("a", bundle::as_bytes("x")));
  chmod(folder_.path().c_str(), 0700);
}

TEST_F(CacheDirectoryTest, file_that_another_job_is_writing_is_left_alone) {
  // Of a host where a job has our number.
  const std::string other = "a." + std::to_string(getpid()) + ".new";
  folder_.write(other, "half");
  EXPECT_TRUE(open().write("a", bundle::as_bytes("first")));
  EXPECT_TRUE(open().write("a", bundle::as_bytes("second")));
  EXPECT_EQ(open().read_text("a"), "second");
  EXPECT_EQ(read_text(folder_ / other), "half");
}

TEST_F(CacheDirectoryTest, file_whose_content_does_not_come_leaves_nothing) {
  const auto give_half = [](const CacheDirectory::Take& take) {
    take(bundle::as_bytes("half"));
    throw std::runtime_error("no more of it");
  };
  EXPECT_FALSE(open().write("a", give_half));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(CacheDirectoryTest, relative_folder_stays_where_it_was) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  Options options;
  options.manifest_dir = "cache";
  const CacheDirectory cache = CacheDirectory::open(options);
  std::filesystem::current_path(before);
  EXPECT_TRUE(cache.write("a", bundle::as_bytes("text")));
  EXPECT_EQ(read_text(folder_ / "cache/a"), "text");
}

// While it lives, no large memory is to be had.
class NoMemory {
 public:
  NoMemory() {
    getrlimit(RLIMIT_AS, &before_);
    std::ifstream statm("/proc/self/statm");
    rlim_t pages = 0;
    statm >> pages;
    const rlimit now = {pages * static_cast<rlim_t>(getpagesize()) + (64 << 20), before_.rlim_max};
    setrlimit(RLIMIT_AS, &now);
  }
  ~NoMemory() { setrlimit(RLIMIT_AS, &before_); }
  NoMemory(const NoMemory&) = delete;
  NoMemory& operator=(const NoMemory&) = delete;

 private:
  rlimit before_ = {};
};

TEST_F(CacheDirectoryTest, file_that_is_larger_than_the_memory_is_not_used) {
  bundle::Header header;
  std::memcpy(&header, sample_.data(), sizeof header);
  header.total_bytes = std::uint64_t{1} << 32;
  const auto* const text = reinterpret_cast<const char*>(&header);
  const std::string path = folder_.write("x.bundle", {text, sizeof header}, 0600);
  std::filesystem::resize_file(path, header.total_bytes);
  const NoMemory limit;
  EXPECT_FALSE(reads_bundle());
#ifndef __SANITIZE_ADDRESS__  // whose operator new does not throw
  EXPECT_EQ(open().read_text("x.bundle"), std::nullopt);
#endif
}

}  // namespace pylaunch::testing
