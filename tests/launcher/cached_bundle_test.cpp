// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/cached_bundle.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <utility>

#include "bundle/reader.hpp"
#include "tests/bundle/sample_bundle.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

class CachedBundleTest : public ::testing::Test {
 protected:
  CachedBundle read(bundle::Bytes bytes, bool with_libraries) const {
    folder_.write("x.bundle", bundle::as_text(bytes), 0600);
    const int descriptor = open((folder_ / "x.bundle").c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_GE(descriptor, 0);
    const struct Close {
      int number;
      ~Close() { close(number); }
    } guard{descriptor};
    return CachedBundle::read(descriptor, bytes.size(), with_libraries);
  }
  void expect_refused(std::size_t damaged_byte) const {
    ExactBytes damaged(sample_.bytes());
    damaged.data()[damaged_byte] ^= std::byte{1};
    EXPECT_THROW(read(damaged.bytes(), true), bundle::BundleError) << damaged_byte;
  }
  std::string_view whole() const { return bundle::as_text(sample_.bytes()); }
  std::string_view data() const {
    return bundle::as_text(bundle::BundleView(sample_.bytes()).without_libraries());
  }

  TemporaryFolder folder_;
  bundle::BundleBuffer sample_ = sample_bundle();
};

TEST_F(CachedBundleTest, lies_in_memory_files_and_is_one_range_of_bytes) {
  CachedBundle cached = read(sample_.bytes(), true);
  EXPECT_EQ(bundle::as_text(cached.bytes()), whole());
  ASSERT_EQ(cached.files().size(), 4u) << "the data and three libraries";
  EXPECT_EQ(read_text(cached.files()[0].path()), data());
  const bundle::BundleView view(sample_.bytes());
  std::size_t file = 1;
  for (std::uint32_t i = 0; i < view.size(); ++i) {
    const bundle::Entry& entry = view.entry(i);
    if (entry.kind != bundle::Kind::library) continue;
    EXPECT_EQ(read_text(cached.files()[file++].path()), bundle::as_text(view.content(entry)));
  }
}

TEST_F(CachedBundleTest, bytes_stay_when_the_files_are_taken_sealed_and_closed) {
  CachedBundle cached = read(sample_.bytes(), true);
  {
    const std::vector<MemoryFile> files = std::move(cached.files());
    for (const MemoryFile& file : files) {
      file.seal();
      ASSERT_GE(file.descriptor(), 0);
      EXPECT_NE(fcntl(file.descriptor(), F_GET_SEALS) & F_SEAL_WRITE, 0);
    }
  }
  EXPECT_EQ(bundle::as_text(cached.bytes()), whole());
}

TEST_F(CachedBundleTest, large_one_is_read_by_several_threads_and_is_the_same) {
  const std::string first(std::size_t{140} << 20, 'a'), second(std::size_t{140} << 20, 'b');
  const bundle::BundleBuffer large =
      bundle::build({make_record(bundle::Kind::library, "/site/first.so", first),
                     make_record(bundle::Kind::library, "/site/second.so", second),
                     make_record(bundle::Kind::source, "/site/module.py", "code", "text")},
                    sample_magic, sample_abi);
  CachedBundle cached = read(large.bytes(), true);
  EXPECT_TRUE(std::ranges::equal(cached.bytes(), large.bytes()));
  EXPECT_EQ(cached.files().size(), 3u);
}

TEST_F(CachedBundleTest, without_libraries_it_is_no_file) {
  CachedBundle cached = read(sample_.bytes(), false);
  EXPECT_EQ(bundle::as_text(cached.bytes()), data());
  EXPECT_TRUE(cached.files().empty());
}

// It is read by a thread, while the interpreter starts: limits are not raised for it meanwhile.
TEST_F(CachedBundleTest, where_limits_forbid_memory_files_it_lies_in_plain_memory) {
  std::signal(SIGXFSZ, SIG_IGN);
  std::vector<bundle::Record> records;
  for (int i = 100; i < 140; ++i)
    records.push_back(make_record(bundle::Kind::library, "/site/" + std::to_string(i), "library"));
  const bundle::BundleBuffer many = bundle::build(std::move(records), sample_magic, sample_abi);
  for (const auto& [resource, value] :
       {std::pair(RLIMIT_NOFILE, rlim_t{60}), std::pair(RLIMIT_FSIZE, rlim_t{100})}) {
    rlimit usual = {};
    ASSERT_EQ(getrlimit(resource, &usual), 0);
    folder_.write("x.bundle", bundle::as_text(many.bytes()), 0600);
    const int descriptor = open((folder_ / "x.bundle").c_str(), O_RDONLY | O_CLOEXEC);
    const rlimit little = {value, usual.rlim_max};
    ASSERT_EQ(setrlimit(resource, &little), 0);
    CachedBundle cached = CachedBundle::read(descriptor, many.bytes().size(), true);
    rlimit after = {};
    getrlimit(resource, &after);
    EXPECT_EQ(after.rlim_cur, value);
    ASSERT_EQ(setrlimit(resource, &usual), 0);
    EXPECT_TRUE(std::ranges::equal(cached.bytes(), many.bytes()));
    EXPECT_TRUE(cached.files().empty());
    close(descriptor);
  }
}

TEST_F(CachedBundleTest, damage_is_noticed_in_header_data_and_libraries) {
  expect_refused(0);
  expect_refused(offsetof(bundle::Header, checksum));
  expect_refused(offsetof(bundle::Header, total_bytes));
  expect_refused(offsetof(bundle::Header, libraries_checksum));
  expect_refused(sizeof(bundle::Header));
  expect_refused(data().size() - 1);
  const bundle::BundleView view(sample_.bytes());
  for (std::uint32_t i = 0; i < view.size(); ++i) {
    const bundle::Entry& entry = view.entry(i);
    if (entry.kind != bundle::Kind::library) continue;
    expect_refused(entry.content_offset);
    expect_refused(entry.content_offset + entry.content_bytes - 1);
  }
}

TEST_F(CachedBundleTest, truncated_file_is_refused) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{20}, data().size(), whole().size() - 1})
    EXPECT_THROW(read(sample_.bytes().first(size), true), bundle::BundleError) << size;
}

TEST_F(CachedBundleTest, empty_one_has_neither_bytes_nor_files) {
  CachedBundle cached;
  EXPECT_TRUE(cached.empty());
  EXPECT_TRUE(cached.files().empty());
}

}  // namespace pylaunch::testing
