// SPDX-License-Identifier: BSD-3-Clause
#include "bundle/reader.hpp"

#include <algorithm>
#include <cstring>

#include "bundle/checksum.hpp"

namespace pylaunch::bundle {

namespace {

// offset and length come from outside: no sum of them may wrap around.
bool lies_within(std::uint64_t offset, std::uint64_t length, std::uint64_t begin,
                 std::uint64_t end) {
  return offset >= begin && offset <= end && length <= end - offset;
}

Header read_header(Bytes bytes) {
  Header header;
  if (bytes.size() < sizeof header) throw BundleError("truncated: no whole header");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != file_magic) throw BundleError("not a bundle: wrong magic bytes");
  if (header.version != format_version) throw BundleError("another format version or byte order");
  return header;
}

}  // namespace

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

BundleView::BundleView(Bytes bytes) : bytes_(bytes), header_(read_header(bytes)) {
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(Entry) != 0)
    throw BundleError("not aligned in memory");
  const std::uint64_t index_bytes = std::uint64_t{header_.entry_count} * sizeof(Entry);
  const bool ordered = header_.strings_offset >= sizeof(Header) + index_bytes &&
                       header_.payload_offset >= header_.strings_offset &&
                       header_.libraries_offset >= header_.payload_offset &&
                       header_.total_bytes >= header_.libraries_offset;
  if (!ordered) throw BundleError("sections overlap");
  if (bytes.size() != header_.total_bytes && bytes.size() != header_.libraries_offset)
    throw BundleError("truncated: its size is not the one in its header");
  entries_ = {reinterpret_cast<const Entry*>(bytes.data() + sizeof(Header)), header_.entry_count};
  for (const Entry& entry : entries_) check_entry(entry);
  const auto by_path = [this](const Entry& a, const Entry& b) { return path(a) < path(b); };
  if (!std::ranges::is_sorted(entries_, by_path)) throw BundleError("index is not sorted");
}

void BundleView::check_entry(const Entry& entry) const {
  const std::uint64_t text_bytes = std::uint64_t{entry.path_bytes} + entry.soname_bytes;
  const bool is_library = entry.kind == Kind::library;
  const std::uint64_t begin = is_library ? header_.libraries_offset : header_.payload_offset;
  const std::uint64_t end = is_library ? header_.total_bytes : header_.libraries_offset;
  const std::uint64_t dependency_bytes = std::uint64_t{entry.dependency_count} * 4;
  const bool inside =
      lies_within(entry.path_offset, text_bytes, header_.strings_offset, header_.payload_offset) &&
      lies_within(entry.real_path_offset, entry.real_path_bytes, header_.strings_offset,
                  header_.payload_offset) &&
      lies_within(entry.content_offset, entry.content_bytes, begin, end) &&
      lies_within(entry.source_offset, entry.source_bytes, header_.payload_offset,
                  header_.libraries_offset) &&
      lies_within(entry.dependencies_offset, dependency_bytes, header_.payload_offset,
                  header_.libraries_offset) &&
      entry.dependencies_offset % alignof(std::uint32_t) == 0;
  if (!inside) throw BundleError("an entry points outside of its section");
  if (entry.kind < Kind::directory || entry.kind > Kind::missing_name)
    throw BundleError("an entry of unknown kind");
  for (const std::uint32_t index : dependencies(entry)) {
    if (index >= header_.entry_count || entries_[index].kind != Kind::library)
      throw BundleError("a dependency that is no library");
  }
}

void BundleView::verify_checksum() const {
  verify_data();
  verify_libraries();
}

void BundleView::verify_data() const {
  const std::uint64_t libraries = header_.libraries_offset;
  if (checksum_of(header_, bytes_.subspan(sizeof(Header), libraries - sizeof(Header))) !=
      header_.checksum)
    throw BundleError("wrong checksum");
}

void BundleView::verify_libraries() const {
  if (has_libraries() &&
      libraries_checksum_of(bytes_.subspan(header_.libraries_offset)) != header_.libraries_checksum)
    throw BundleError("wrong checksum of the shared objects");
}

std::string_view BundleView::abi_tag() const {
  return {header_.abi_tag.data(), strnlen(header_.abi_tag.data(), header_.abi_tag.size())};
}

std::uint32_t BundleView::index_of(const Entry& entry) const {
  return static_cast<std::uint32_t>(&entry - entries_.data());
}

std::optional<std::uint32_t> BundleView::find(std::string_view wanted) const {
  const auto found = std::ranges::lower_bound(entries_, wanted, {},
                                              [this](const Entry& entry) { return path(entry); });
  if (found == entries_.end() || path(*found) != wanted) return std::nullopt;
  return static_cast<std::uint32_t>(found - entries_.begin());
}

std::string_view BundleView::path(const Entry& entry) const {
  return as_text(bytes_.subspan(entry.path_offset, entry.path_bytes));
}

std::string_view BundleView::soname(const Entry& entry) const {
  return as_text(bytes_.subspan(entry.path_offset + entry.path_bytes, entry.soname_bytes));
}

std::string_view BundleView::real_path(const Entry& entry) const {
  return as_text(bytes_.subspan(entry.real_path_offset, entry.real_path_bytes));
}

Bytes BundleView::content(const Entry& entry) const {
  if (entry.content_offset + entry.content_bytes > bytes_.size())
    throw BundleError("the shared objects are not part of this view");
  return bytes_.subspan(entry.content_offset, entry.content_bytes);
}

std::string_view BundleView::source(const Entry& entry) const {
  return as_text(bytes_.subspan(entry.source_offset, entry.source_bytes));
}

std::span<const std::uint32_t> BundleView::dependencies(const Entry& entry) const {
  const std::byte* first = bytes_.data() + entry.dependencies_offset;
  return {reinterpret_cast<const std::uint32_t*>(first), entry.dependency_count};
}

}  // namespace pylaunch::bundle
