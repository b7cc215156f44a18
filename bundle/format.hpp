// SPDX-License-Identifier: BSD-3-Clause
//
// The bundle's byte layout: constants and records shared by writer and reader.
// docs/bundle-format.md is the specification. Integers are in the byte order of the machine that
// wrote them; a foreign order shows in `format_version` and is refused.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

namespace pylaunch::bundle {

inline constexpr std::array<char, 8> file_magic = {'P', 'Y', 'L', 'B', 'N', 'D', 'L', '\n'};
inline constexpr std::uint32_t format_version = 5;
inline constexpr std::uint64_t library_alignment = 4096;

enum class Kind : std::uint32_t {
  directory = 1,     // content: its names, see Listing
  absent = 2,        // a search path entry that does not exist; no content
  source = 3,        // content: marshalled code of the .py at path; source: its text
  bytecode = 4,      // content: marshalled code of a module that is only there as .pyc
  library = 5,       // content: what is loaded of an ELF shared object
  data = 6,          // content: the file's bytes
  missing_name = 7,  // path is the full name of a module that no finder found
};

// The letter that stands for a kind in a manifest (docs/manifest.md).
constexpr char manifest_letter(Kind kind) {
  switch (kind) {
    case Kind::directory:
    case Kind::absent: return 'D';
    case Kind::source: return 'S';
    case Kind::bytecode: return 'B';
    case Kind::library: return 'L';
    case Kind::data: return 'F';
    case Kind::missing_name: return 'M';
  }
  return 'F';
}

// What stat(2) said of a file when its content was taken. Equal stamps mean "unchanged".
struct Stamp {
  std::int64_t mtime_ns = 0;
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  std::int64_t ctime_ns = 0;  // an edit that puts the modification time back changes it
  auto operator<=>(const Stamp&) const = default;
};

struct Header {
  std::array<char, 8> magic = file_magic;
  std::uint32_t version = format_version;
  std::uint32_t entry_count = 0;
  std::uint32_t python_magic = 0;  // PyImport_GetMagicNumber()
  std::uint32_t reserved = 0;
  std::array<char, 48> abi_tag = {};     // sys.implementation.cache_tag + multiarch, NUL-padded
  std::uint64_t total_bytes = 0;         // of the whole bundle, this header included
  std::uint64_t strings_offset = 0;      // paths, sonames, real paths
  std::uint64_t payload_offset = 0;      // code, sources, listings, data
  std::uint64_t libraries_offset = 0;    // page-aligned shared objects, to the end
  std::uint64_t libraries_checksum = 0;  // both: see checksum.hpp
  std::uint64_t checksum = 0;
};
static_assert(sizeof(Header) == 120);

// One file. Entries stand sorted by path (bytewise), directly behind the header.
struct Entry {
  std::uint64_t path_offset = 0;
  std::uint32_t path_bytes = 0;
  Kind kind = Kind::data;
  Stamp stamp;
  std::uint64_t content_offset = 0;
  std::uint64_t content_bytes = 0;
  std::uint64_t source_offset = 0;
  std::uint64_t source_bytes = 0;
  std::uint64_t dependencies_offset = 0;  // uint32 indices of library entries, load order
  std::uint32_t dependency_count = 0;
  std::uint32_t soname_bytes = 0;  // the DT_SONAME stands right behind the path
  // What the path leads to, links followed: the path itself, as a rule. 0 bytes: not known.
  std::uint64_t real_path_offset = 0;
  std::uint32_t real_path_bytes = 0;
  std::uint32_t reserved = 0;
};
static_assert(sizeof(Entry) == 112);

}  // namespace pylaunch::bundle
