// SPDX-License-Identifier: BSD-3-Clause
//
// Whatever the bytes are, the reader says BundleError or gives views that lie inside of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "tests/bundle/sample_bundle.hpp"

namespace pylaunch::testing {

using bundle::BundleError;
using bundle::BundleView;
using bundle::Entry;
using bundle::Header;

namespace {

template <typename Field>
void overwrite(ExactBytes& bytes, std::size_t offset, Field value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// Returns whether it was accepted; everything that is then reachable has been read.
bool is_accepted(bundle::Bytes bytes) {
  try {
    const BundleView view(bytes);
    volatile std::uint64_t sum = read_everything(view);
    static_cast<void>(sum);
    return true;
  } catch (const BundleError&) {
    return false;
  }
}

std::string refusal(bundle::Bytes bytes) {
  try {
    BundleView(bytes).verify_checksum();
    return "accepted";
  } catch (const BundleError& error) {
    return error.what();
  }
}

}  // namespace

TEST(Corruption, reader_rejects_every_truncation) {
  const auto buffer = sample_bundle();
  const std::size_t prefix = BundleView(buffer.bytes()).header().libraries_offset;
  for (std::size_t size = 0; size < buffer.bytes().size(); ++size) {
    const ExactBytes part(buffer.bytes(), size);
    // A bundle may end where its libraries begin, see BundleView.
    EXPECT_EQ(is_accepted(part.bytes()), size == prefix) << size;
  }
}

TEST(Corruption, reader_rejects_appended_bytes) {
  const auto buffer = sample_bundle();
  for (const std::size_t more : {1u, 8u, 4096u}) {
    const ExactBytes longer(buffer.bytes(), buffer.bytes().size() + more);
    EXPECT_FALSE(is_accepted(longer.bytes()));
  }
}

TEST(Corruption, reader_names_foreign_magic_and_version) {
  const auto buffer = sample_bundle();
  ExactBytes other(buffer.bytes());
  overwrite(other, offsetof(Header, magic), 'X');
  EXPECT_NE(refusal(other.bytes()).find("magic"), std::string::npos);
  for (const std::uint32_t version : {0u, bundle::format_version + 1, 0x01000000u}) {
    ExactBytes foreign(buffer.bytes());
    overwrite(foreign, offsetof(Header, version), version);
    EXPECT_NE(refusal(foreign.bytes()).find("version or byte order"), std::string::npos) << version;
  }
}

TEST(Corruption, reader_rejects_bytes_that_are_not_aligned) {
  const auto buffer = sample_bundle();
  const std::size_t size = buffer.bytes().size();
  const std::unique_ptr<std::byte[]> room(new std::byte[size + 8]);
  for (const std::size_t shift : {1u, 2u, 4u}) {
    std::memcpy(room.get() + shift, buffer.bytes().data(), size);
    EXPECT_FALSE(is_accepted({room.get() + shift, size})) << shift;
  }
}

TEST(Corruption, checksum_covers_every_byte_behind_the_header) {
  const auto buffer = sample_bundle();
  ExactBytes copy(buffer.bytes());
  for (std::size_t at = sizeof(Header); at < buffer.bytes().size(); ++at) {
    copy.data()[at] ^= std::byte{0x10};
    EXPECT_NE(refusal(copy.bytes()), "accepted") << at;
    copy.data()[at] ^= std::byte{0x10};
  }
  EXPECT_EQ(refusal(copy.bytes()), "accepted");
}

TEST(Corruption, wrong_checksum_is_named) {
  ExactBytes copy(sample_bundle().bytes());
  overwrite(copy, offsetof(Header, checksum), std::uint64_t{1});
  EXPECT_EQ(refusal(copy.bytes()), "wrong checksum");
}

TEST(Corruption, reader_survives_hostile_numbers_in_every_field) {
  const auto buffer = sample_bundle();
  const std::size_t entries = BundleView(buffer.bytes()).size();
  const std::uint64_t total = buffer.bytes().size();
  const std::uint64_t top = std::numeric_limits<std::uint64_t>::max();
  const std::size_t end = sizeof(Header) + entries * sizeof(Entry);
  for (std::size_t at = 8; at + 8 <= end; at += 4) {
    for (const std::uint64_t value :
         {std::uint64_t{0}, std::uint64_t{1}, total - 1, total, total + 1, top, top - 4095, top / 2,
          std::uint64_t{1} << 32}) {
      ExactBytes whole(buffer.bytes());
      overwrite(whole, at, value);
      is_accepted(whole.bytes());
      ExactBytes half(buffer.bytes());
      overwrite(half, at, static_cast<std::uint32_t>(value));
      is_accepted(half.bytes());
    }
  }
}

TEST(Corruption, reader_rejects_an_index_out_of_order) {
  ExactBytes copy(sample_bundle().bytes());
  Entry first, second;
  std::memcpy(&first, copy.data() + sizeof(Header), sizeof first);
  std::memcpy(&second, copy.data() + sizeof(Header) + sizeof first, sizeof second);
  overwrite(copy, sizeof(Header), second);
  overwrite(copy, sizeof(Header) + sizeof first, first);
  EXPECT_NE(refusal(copy.bytes()).find("sorted"), std::string::npos);
}

TEST(Corruption, reader_rejects_dependencies_that_are_no_libraries) {
  const auto buffer = sample_bundle();
  const BundleView view(buffer.bytes());
  const Entry& entry = view.entry(*view.find("/site/a.so"));
  const std::uint32_t no_library = *view.find("/site/module.py");
  for (const std::uint32_t index : {no_library, view.size(), 0xffffffffu}) {
    ExactBytes copy(buffer.bytes());
    overwrite(copy, entry.dependencies_offset, index);
    EXPECT_FALSE(is_accepted(copy.bytes())) << index;
  }
}

// The offset of a field in the bundle's bytes.
template <typename Field>
std::size_t place_of(const BundleView& view, std::string_view path, Field Entry::*field) {
  const Entry& entry = view.entry(*view.find(path));
  const auto within = reinterpret_cast<const std::byte*>(&(entry.*field)) -
                      reinterpret_cast<const std::byte*>(&entry);
  return sizeof(Header) + view.index_of(entry) * sizeof(Entry) + static_cast<std::size_t>(within);
}

TEST(Corruption, reader_rejects_an_entry_that_points_into_another_section) {
  const auto buffer = sample_bundle();
  const BundleView view(buffer.bytes());
  const Header& header = view.header();
  const std::size_t source = place_of(view, "/site/module.py", &Entry::source_offset);
  const std::size_t content = place_of(view, "/site/module.py", &Entry::content_offset);
  const std::size_t library = place_of(view, "/site/a.so", &Entry::content_offset);
  const std::size_t path = place_of(view, "/site/a.so", &Entry::path_offset);
  const std::size_t real_path = place_of(view, "/site/a.so", &Entry::real_path_offset);
  const std::size_t dependencies = place_of(view, "/site/a.so", &Entry::dependencies_offset);
  const std::vector<std::pair<std::size_t, std::uint64_t>> places = {
      {source, header.strings_offset},        {source, header.libraries_offset},
      {content, header.strings_offset},       {content, header.libraries_offset},
      {library, header.payload_offset},       {path, sizeof(Header)},
      {path, header.payload_offset},          {real_path, sizeof(Header)},
      {real_path, header.payload_offset},     {dependencies, sizeof(Header)},
      {dependencies, header.libraries_offset}};
  for (const auto& [place, offset] : places) {
    ExactBytes copy(buffer.bytes());
    overwrite(copy, place, offset);
    EXPECT_EQ(refusal(copy.bytes()), "an entry points outside of its section")
        << place << " " << offset;
  }
}

TEST(Corruption, reader_rejects_an_entry_that_ends_one_byte_behind_its_section) {
  const auto buffer = sample_bundle();
  const BundleView view(buffer.bytes());
  const Header& header = view.header();
  const std::string_view path = "/site/module.py";
  const Entry& entry = view.entry(*view.find(path));
  const auto is_refused = [&](std::size_t place, auto value) {
    ExactBytes copy(buffer.bytes());
    overwrite(copy, place, value);
    return refusal(copy.bytes()) == "an entry points outside of its section";
  };
  const std::uint64_t payload_end = header.libraries_offset;
  EXPECT_TRUE(is_refused(place_of(view, path, &Entry::content_bytes),
                         payload_end - entry.content_offset + 1));
  EXPECT_TRUE(is_refused(place_of(view, path, &Entry::source_bytes),
                         payload_end - entry.source_offset + 1));
  EXPECT_TRUE(
      is_refused(place_of(view, path, &Entry::real_path_bytes),
                 static_cast<std::uint32_t>(header.payload_offset - entry.real_path_offset + 1)));
  EXPECT_TRUE(
      is_refused(place_of(view, path, &Entry::path_bytes),
                 static_cast<std::uint32_t>(header.payload_offset - entry.path_offset + 1)));
  const Entry& library = view.entry(*view.find("/site/a.so"));
  EXPECT_TRUE(is_refused(place_of(view, "/site/a.so", &Entry::content_bytes),
                         header.total_bytes - library.content_offset + 1));
}

TEST(Corruption, reader_rejects_dependencies_that_are_not_aligned) {
  const auto buffer = sample_bundle();
  const BundleView view(buffer.bytes());
  const std::size_t place = place_of(view, "/absent.zip", &Entry::dependencies_offset);
  ExactBytes copy(buffer.bytes());
  overwrite(copy, place, view.header().payload_offset + 1);
  EXPECT_EQ(refusal(copy.bytes()), "an entry points outside of its section");
}

TEST(Corruption, reader_rejects_an_unknown_kind) {
  const auto buffer = sample_bundle();
  const std::size_t place = place_of(BundleView(buffer.bytes()), "/site/data.bin", &Entry::kind);
  for (const std::uint32_t kind :
       {0u, static_cast<std::uint32_t>(bundle::Kind::missing_name) + 1}) {
    ExactBytes copy(buffer.bytes());
    overwrite(copy, place, kind);
    EXPECT_EQ(refusal(copy.bytes()), "an entry of unknown kind") << kind;
  }
}

TEST(Corruption, reader_rejects_sections_out_of_order) {
  const auto buffer = sample_bundle();
  const Header header = BundleView(buffer.bytes()).header();
  const std::vector<std::pair<std::size_t, std::uint64_t>> places = {
      {offsetof(Header, strings_offset), sizeof(Header)},
      {offsetof(Header, payload_offset), header.strings_offset - 1},
      {offsetof(Header, libraries_offset), header.payload_offset - 1},
      {offsetof(Header, total_bytes), header.libraries_offset - 1}};
  for (const auto& [place, value] : places) {
    ExactBytes copy(buffer.bytes());
    overwrite(copy, place, value);
    EXPECT_EQ(refusal(copy.bytes()), "sections overlap") << place;
  }
}

TEST(Corruption, reader_survives_random_damage) {
  const auto buffer = sample_bundle();
  const std::size_t entries = BundleView(buffer.bytes()).size();
  const std::size_t structured = sizeof(Header) + entries * sizeof(Entry);
  std::mt19937_64 random(20240229);
  for (int round = 0; round < 10'000; ++round) {
    ExactBytes copy(buffer.bytes());
    // Half of the damage goes where the numbers are; the text behind can only change content.
    const std::size_t reach = round % 2 == 0 ? structured : buffer.bytes().size();
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int change = 0; change < changes; ++change) {
      const std::size_t at = random() % reach;
      copy.data()[at] = round % 3 == 0 ? copy.data()[at] ^ std::byte{1} << (random() % 8)
                                       : static_cast<std::byte>(random());
    }
    is_accepted(copy.bytes());
  }
}

TEST(Corruption, reader_survives_random_bytes_behind_a_good_start) {
  const auto buffer = sample_bundle();
  std::mt19937_64 random(7);
  for (int round = 0; round < 2'000; ++round) {
    ExactBytes copy(buffer.bytes());
    for (std::size_t at = 12; at < copy.bytes().size(); at += 8)
      overwrite(copy, std::min(at, copy.bytes().size() - 8), random());
    is_accepted(copy.bytes());
  }
}

}  // namespace pylaunch::testing
