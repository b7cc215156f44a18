// SPDX-License-Identifier: BSD-3-Clause
#include "bundle/writer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <unordered_map>

#include "bundle/checksum.hpp"

namespace pylaunch::bundle {

namespace {

std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

using LibraryIndex = std::unordered_map<std::string_view, std::uint32_t>;

LibraryIndex index_libraries(const std::vector<Record>& records) {
  LibraryIndex index;
  for (std::uint32_t i = 0; i < records.size(); ++i)
    if (records[i].kind == Kind::library) index.emplace(records[i].path, i);
  return index;
}

// Positions of everything; nothing is copied yet.
struct Layout {
  Header header;
  std::vector<Entry> entries;
  std::vector<std::vector<std::uint32_t>> dependencies;
};

void place_strings(const std::vector<Record>& records, Layout& layout, std::uint64_t& cursor) {
  layout.header.strings_offset = cursor;
  for (std::size_t i = 0; i < records.size(); ++i) {
    Entry& entry = layout.entries[i];
    entry.path_offset = cursor;
    entry.path_bytes = static_cast<std::uint32_t>(records[i].path.size());
    entry.soname_bytes = static_cast<std::uint32_t>(records[i].soname.size());
    cursor += entry.path_bytes + entry.soname_bytes;
    entry.real_path_bytes = static_cast<std::uint32_t>(records[i].real_path.size());
    const bool is_path = records[i].real_path == records[i].path;
    entry.real_path_offset = is_path ? entry.path_offset : cursor;
    if (!is_path) cursor += entry.real_path_bytes;
  }
  cursor = align_up(cursor, 8);
}

void place_payload(const std::vector<Record>& records, Layout& layout, std::uint64_t& cursor) {
  layout.header.payload_offset = cursor;
  for (std::size_t i = 0; i < records.size(); ++i) {
    Entry& entry = layout.entries[i];
    entry.dependencies_offset = cursor;
    entry.dependency_count = static_cast<std::uint32_t>(layout.dependencies[i].size());
    cursor += std::uint64_t{entry.dependency_count} * 4;
    entry.source_offset = cursor;
    entry.source_bytes = records[i].source.size();
    cursor += entry.source_bytes;
    if (records[i].kind != Kind::library) {
      entry.content_offset = cursor;
      entry.content_bytes = records[i].content.size();
      cursor += entry.content_bytes;
    }
    cursor = align_up(cursor, 4);
  }
}

void place_libraries(const std::vector<Record>& records, Layout& layout, std::uint64_t& cursor) {
  cursor = align_up(cursor, library_alignment);
  layout.header.libraries_offset = cursor;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].kind != Kind::library) continue;
    layout.entries[i].content_offset = cursor;
    layout.entries[i].content_bytes = records[i].content.size();
    cursor = align_up(cursor + records[i].content.size(), library_alignment);
  }
  layout.header.total_bytes = cursor;
}

Layout lay_out(const std::vector<Record>& records) {
  Layout layout;
  layout.header.entry_count = static_cast<std::uint32_t>(records.size());
  layout.entries.resize(records.size());
  layout.dependencies.resize(records.size());
  const LibraryIndex libraries = index_libraries(records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    layout.entries[i].kind = records[i].kind;
    layout.entries[i].stamp = records[i].stamp;
    for (const std::string& path : records[i].dependencies) {
      const auto found = libraries.find(path);
      if (found != libraries.end()) layout.dependencies[i].push_back(found->second);
    }
  }
  std::uint64_t cursor = sizeof(Header) + records.size() * sizeof(Entry);
  place_strings(records, layout, cursor);
  place_payload(records, layout, cursor);
  place_libraries(records, layout, cursor);
  return layout;
}

void copy_to(std::byte* base, std::uint64_t offset, const void* from, std::uint64_t size) {
  if (size != 0) std::memcpy(base + offset, from, size);
}

}  // namespace

BundleBuffer build(std::vector<Record> records, std::uint32_t python_magic,
                   std::string_view abi_tag) {
  std::ranges::sort(records, {}, &Record::path);
  Layout layout = lay_out(records);
  if (abi_tag.size() >= layout.header.abi_tag.size())
    throw std::length_error("ABI tag is too long for a bundle");
  std::ranges::copy(abi_tag, layout.header.abi_tag.begin());
  layout.header.python_magic = python_magic;

  BundleBuffer buffer(layout.header.total_bytes);
  std::byte* base = buffer.data();
  std::memset(base, 0, layout.header.total_bytes);  // the gaps: equal records give equal bytes
  copy_to(base, sizeof(Header), layout.entries.data(), layout.entries.size() * sizeof(Entry));
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Entry& entry = layout.entries[i];
    copy_to(base, entry.path_offset, records[i].path.data(), entry.path_bytes);
    copy_to(base, entry.path_offset + entry.path_bytes, records[i].soname.data(),
            entry.soname_bytes);
    copy_to(base, entry.real_path_offset, records[i].real_path.data(), entry.real_path_bytes);
    copy_to(base, entry.dependencies_offset, layout.dependencies[i].data(),
            std::uint64_t{entry.dependency_count} * 4);
    copy_to(base, entry.source_offset, records[i].source.data(), entry.source_bytes);
    copy_to(base, entry.content_offset, records[i].content.data(), entry.content_bytes);
  }
  const Bytes bytes = buffer.bytes();
  const std::uint64_t libraries = layout.header.libraries_offset;
  layout.header.libraries_checksum = libraries_checksum_of(bytes.subspan(libraries));
  layout.header.checksum =
      checksum_of(layout.header, bytes.subspan(sizeof(Header), libraries - sizeof(Header)));
  copy_to(base, 0, &layout.header, sizeof(Header));
  return buffer;
}

}  // namespace pylaunch::bundle
