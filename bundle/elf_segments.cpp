// SPDX-License-Identifier: BSD-3-Clause
#include "bundle/elf_segments.hpp"

#include <algorithm>

namespace pylaunch::bundle {

namespace {

std::optional<Elf64_Ehdr> read_header(std::string_view bytes) {
  const auto header = read_at<Elf64_Ehdr>(bytes, 0);
  const bool is_shared_object =
      header && std::memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
      header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == ELFDATA2LSB &&
      header->e_type == ET_DYN && header->e_phentsize == sizeof(Elf64_Phdr);
  return is_shared_object ? header : std::nullopt;
}

}  // namespace

std::vector<Elf64_Phdr> read_segments(std::string_view bytes) {
  std::vector<Elf64_Phdr> segments;
  const auto header = read_header(bytes);
  for (unsigned i = 0; header && i < header->e_phnum; ++i) {
    const auto segment = read_at<Elf64_Phdr>(bytes, header->e_phoff + i * sizeof(Elf64_Phdr));
    if (segment) segments.push_back(*segment);
  }
  return segments;
}

std::uint64_t loaded_size(std::string_view head, std::uint64_t file_size) {
  const auto header = read_header(head);
  const std::vector<Elf64_Phdr> segments = read_segments(head);
  if (!header || segments.empty() || segments.size() != header->e_phnum) return file_size;
  std::uint64_t end = header->e_phoff + segments.size() * sizeof(Elf64_Phdr);
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_offset > file_size || segment.p_filesz > file_size - segment.p_offset)
      return file_size;  // damaged: ld.so will say so
    end = std::max(end, segment.p_offset + segment.p_filesz);
  }
  return std::min(end, file_size);
}

}  // namespace pylaunch::bundle
