// SPDX-License-Identifier: BSD-3-Clause
#include "embed/elf.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "bundle/elf_segments.hpp"

namespace pylaunch::embed {

using bundle::read_at;
using bundle::read_segments;

namespace {

std::optional<std::uint64_t> file_offset(const std::vector<Elf64_Phdr>& segments,
                                         std::uint64_t address) {
  for (const Elf64_Phdr& segment : segments) {
    const bool holds = segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
                       address - segment.p_vaddr < segment.p_filesz;
    if (holds) return address - segment.p_vaddr + segment.p_offset;
  }
  return std::nullopt;
}

std::vector<Elf64_Dyn> read_dynamic(std::string_view bytes,
                                    const std::vector<Elf64_Phdr>& segments) {
  std::vector<Elf64_Dyn> entries;
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_DYNAMIC) continue;
    for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= segment.p_filesz;
         at += sizeof(Elf64_Dyn)) {
      const auto entry = read_at<Elf64_Dyn>(bytes, segment.p_offset + at);
      if (!entry || entry->d_tag == DT_NULL) break;
      entries.push_back(*entry);
    }
  }
  return entries;
}

std::string string_at(std::string_view bytes, std::uint64_t offset) {
  if (offset >= bytes.size()) return {};
  const std::string_view rest = bytes.substr(offset);
  return std::string(rest.substr(0, rest.find('\0')));
}

}  // namespace

std::vector<std::string> split_path(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    if (colon != 0) parts.emplace_back(text.substr(0, colon));
    text.remove_prefix(std::min(colon + 1, text.size()));
  }
  return parts;
}

std::optional<SharedObject> read_shared_object(std::string_view bytes) {
  const std::vector<Elf64_Phdr> segments = read_segments(bytes);
  if (segments.empty()) return std::nullopt;
  const std::vector<Elf64_Dyn> dynamic = read_dynamic(bytes, segments);
  std::optional<std::uint64_t> strings;
  for (const Elf64_Dyn& entry : dynamic)
    if (entry.d_tag == DT_STRTAB) strings = file_offset(segments, entry.d_un.d_ptr);
  SharedObject object;
  if (!strings) return object;
  for (const Elf64_Dyn& entry : dynamic) {
    const auto text = [&] { return string_at(bytes, *strings + entry.d_un.d_val); };
    if (entry.d_tag == DT_SONAME) object.soname = text();
    if (entry.d_tag == DT_NEEDED) object.needed.push_back(text());
    if (entry.d_tag == DT_RPATH) object.rpath = split_path(text());
    if (entry.d_tag == DT_RUNPATH) object.runpath = split_path(text());
  }
  return object;
}

std::optional<SharedObject> read_shared_object_file(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status = {};
  if (descriptor < 0) return std::nullopt;
  void* address = MAP_FAILED;
  if (fstat(descriptor, &status) == 0 && status.st_size > 0)
    address = mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE,
                   descriptor, 0);
  close(descriptor);
  if (address == MAP_FAILED) return std::nullopt;
  const auto size = static_cast<std::size_t>(status.st_size);
  auto object = read_shared_object({static_cast<const char*>(address), size});
  munmap(address, size);
  return object;
}

}  // namespace pylaunch::embed
