// SPDX-License-Identifier: BSD-3-Clause
//
// What the writer lays out, the reader finds again.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tests/bundle/sample_bundle.hpp"

namespace pylaunch::testing {

using bundle::BundleView;
using bundle::Entry;
using bundle::Kind;

class RoundTrip : public ::testing::Test {
 protected:
  const Entry& entry_of(std::string_view path) const {
    const auto index = view_.find(path);
    EXPECT_TRUE(index.has_value()) << path;
    return view_.entry(index.value_or(0));
  }

  bundle::BundleBuffer buffer_ = sample_bundle();
  BundleView view_{buffer_.bytes()};
};

TEST_F(RoundTrip, header_names_the_interpreter) {
  EXPECT_EQ(view_.header().python_magic, sample_magic);
  EXPECT_EQ(view_.abi_tag(), sample_abi);
  EXPECT_EQ(view_.header().total_bytes, buffer_.bytes().size());
  view_.verify_checksum();
}

TEST_F(RoundTrip, every_record_comes_back_with_all_that_it_had) {
  const auto records = sample_records();
  ASSERT_EQ(view_.size(), records.size());
  for (const bundle::Record& record : records) {
    const Entry& entry = entry_of(record.path);
    EXPECT_EQ(entry.kind, record.kind) << record.path;
    EXPECT_EQ(entry.stamp, record.stamp) << record.path;
    EXPECT_EQ(view_.path(entry), record.path);
    EXPECT_EQ(view_.source(entry), record.source) << record.path;
    EXPECT_EQ(view_.soname(entry), record.soname) << record.path;
    EXPECT_EQ(view_.real_path(entry), record.real_path) << record.path;
    EXPECT_EQ(bundle::as_text(view_.content(entry)), bundle::as_text(record.content))
        << record.path;
  }
}

TEST_F(RoundTrip, index_is_sorted_by_path) {
  std::vector<std::string> paths;
  for (std::uint32_t i = 0; i < view_.size(); ++i) paths.emplace_back(view_.path(view_.entry(i)));
  EXPECT_TRUE(std::ranges::is_sorted(paths));
  for (std::uint32_t i = 0; i < view_.size(); ++i) EXPECT_EQ(view_.index_of(view_.entry(i)), i);
}

TEST_F(RoundTrip, find_answers_for_neighbours_of_known_paths) {
  for (const char* path : {"", "/", "/sit", "/site/", "/site/module.pyc", "zzz", "/absent.zi"})
    EXPECT_FALSE(view_.find(path).has_value()) << path;
  EXPECT_TRUE(view_.find("/site").has_value());
  EXPECT_TRUE(view_.find("no.such.module").has_value());
}

TEST_F(RoundTrip, dependencies_keep_their_order_and_leave_out_what_is_not_there) {
  std::vector<std::string> paths;
  for (const std::uint32_t index : view_.dependencies(entry_of("/site/a.so")))
    paths.emplace_back(view_.path(view_.entry(index)));
  EXPECT_EQ(paths, (std::vector<std::string>{"/site/libc.so", "/site/libb.so.1"}));
}

TEST_F(RoundTrip, libraries_start_at_pages) {
  for (std::uint32_t i = 0; i < view_.size(); ++i) {
    if (view_.entry(i).kind != Kind::library) continue;
    EXPECT_EQ(view_.entry(i).content_offset % bundle::library_alignment, 0u);
  }
  EXPECT_EQ(view_.header().libraries_offset % bundle::library_alignment, 0u);
}

TEST_F(RoundTrip, prefix_without_libraries_is_a_view_of_its_own) {
  const ExactBytes prefix(view_.without_libraries());
  const BundleView view(prefix.bytes());
  EXPECT_FALSE(view.has_libraries());
  EXPECT_EQ(view.size(), view_.size());
  const Entry& source = view.entry(*view.find("/site/module.py"));
  EXPECT_EQ(bundle::as_text(view.content(source)), "code of module");
  const Entry& library = view.entry(*view.find("/site/a.so"));
  EXPECT_EQ(library.content_bytes, 5000u);
  EXPECT_THROW(view.content(library), bundle::BundleError);
}

TEST(Writer, bundle_does_not_depend_on_the_order_of_records) {
  auto records = sample_records();
  std::ranges::reverse(records);
  const auto buffer = bundle::build(records, sample_magic, sample_abi);
  EXPECT_EQ(bundle::as_text(buffer.bytes()), bundle::as_text(sample_bundle().bytes()));
}

TEST(Writer, empty_bundle_is_readable) {
  const auto buffer = bundle::build({}, sample_magic, "");
  const BundleView view(buffer.bytes());
  EXPECT_EQ(view.size(), 0u);
  EXPECT_EQ(view.abi_tag(), "");
  EXPECT_FALSE(view.find("").has_value());
  view.verify_checksum();
}

TEST(Writer, paths_may_hold_any_bytes) {
  const std::string path("/tmp/\xff\xfe \n\xc3\xa4.py");
  const auto buffer = bundle::build({make_record(Kind::source, path, "c", "s")}, 1, "x");
  const BundleView view(buffer.bytes());
  ASSERT_TRUE(view.find(path).has_value());
}

TEST(Writer, longest_abi_tag_fits_and_a_longer_one_is_an_error) {
  const std::string longest(47, 'x');
  EXPECT_EQ(BundleView(bundle::build({}, 1, longest).bytes()).abi_tag(), longest);
  EXPECT_THROW(bundle::build({}, 1, longest + "x"), std::length_error);
}

TEST(Format, each_kind_has_its_manifest_letter) {
  const std::vector<std::pair<Kind, char>> letters = {
      {Kind::directory, 'D'}, {Kind::absent, 'D'}, {Kind::source, 'S'},      {Kind::bytecode, 'B'},
      {Kind::library, 'L'},   {Kind::data, 'F'},   {Kind::missing_name, 'M'}};
  for (const auto& [kind, letter] : letters) EXPECT_EQ(bundle::manifest_letter(kind), letter);
}

}  // namespace pylaunch::testing
