// SPDX-License-Identifier: BSD-3-Clause
//
// The segments of a shared object: what ld.so maps of the file (ELF-64, see elf(5)).
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace pylaunch::bundle {

// Linkers put the program headers right behind the file's header.
inline constexpr std::size_t elf_head_bytes = 4096;

// nullopt when the bytes end before it does.
template <typename T>
std::optional<T> read_at(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// The program headers, as far as `bytes` has them; none when the bytes are no 64-bit ELF shared
// object of this byte order. Bounds-checked.
std::vector<Elf64_Phdr> read_segments(std::string_view bytes);

// How much of the file, from its start, ld.so has use for; what stands behind it is for debuggers
// and linkers: sections' headers, symbol tables, debug information. `head` is the file's beginning.
// `file_size` when that does not tell.
std::uint64_t loaded_size(std::string_view head, std::uint64_t file_size);

}  // namespace pylaunch::bundle
