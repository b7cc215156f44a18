// SPDX-License-Identifier: BSD-3-Clause
#include "bundle/library_group.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "bundle/named_library.hpp"

// The ELF header of the object that this is part of, by the linker: of the right machine and class.
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

namespace pylaunch::bundle {

namespace {

// What stands before the dynamic section. ld.so writes addresses into that, so all is writable.
struct Start {
  ElfW(Ehdr) header = {};
  std::array<ElfW(Phdr), 3> segments = {};
  std::array<ElfW(Sym), 1> symbols = {};
  std::array<std::uint32_t, 4> hash = {1, 1, 0, 0};  // one bucket, and nothing in it
};

ElfW(Dyn) dynamic_entry(ElfW(Sxword) tag, ElfW(Xword) value) {
  ElfW(Dyn) entry = {};
  entry.d_tag = tag;
  entry.d_un.d_val = value;
  return entry;
}

ElfW(Phdr) segment(ElfW(Word) type, ElfW(Off) offset, ElfW(Xword) size) {
  ElfW(Phdr) segment = {};
  segment.p_type = type;
  segment.p_flags = PF_R | PF_W;
  segment.p_offset = segment.p_vaddr = segment.p_paddr = offset;
  segment.p_filesz = segment.p_memsz = size;
  segment.p_align = type == PT_LOAD ? 1 << 16 : sizeof(ElfW(Dyn));
  return segment;
}

ElfW(Ehdr) header_for(std::size_t segments) {
  ElfW(Ehdr) header = __ehdr_start;
  header.e_type = ET_DYN;
  header.e_entry = header.e_shoff = 0;
  header.e_phoff = offsetof(Start, segments);
  header.e_phnum = static_cast<ElfW(Half)>(segments);
  header.e_shnum = header.e_shstrndx = 0;
  return header;
}

// These bytes as a file, as long as the object lives.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& bytes)
      : descriptor_(memfd_create("pylaunch-libraries", MFD_CLOEXEC)) {
    const auto size = static_cast<ssize_t>(bytes.size());
    is_written_ = descriptor_ >= 0 && pwrite(descriptor_, bytes.data(), bytes.size(), 0) == size;
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  // Empty when it could not be written. ld.so remembers the name that an object was opened by, and
  // takes it for that whenever the name comes again, as a descriptor's number does: so each has one
  // slash more.
  std::string path() const {
    static std::size_t slashes = 0;
    if (!is_written_) return {};
    return "/proc/self/fd" + std::string(++slashes, '/') + std::to_string(descriptor_);
  }

 private:
  int descriptor_;
  bool is_written_;
};

}  // namespace

std::string object_that_needs(const std::vector<GroupMember>& members) {
  constexpr std::size_t at = sizeof(Start);  // of the dynamic section
  const std::size_t strings_at = at + (members.size() + 6) * sizeof(ElfW(Dyn));
  std::string strings(1, '\0');
  std::vector<ElfW(Dyn)> dynamic;
  for (const GroupMember& member : members) {
    dynamic.push_back(dynamic_entry(DT_NEEDED, strings.size()));
    strings += member.file + '\0';
  }
  dynamic.push_back(dynamic_entry(DT_HASH, offsetof(Start, hash)));
  dynamic.push_back(dynamic_entry(DT_SYMTAB, offsetof(Start, symbols)));
  dynamic.push_back(dynamic_entry(DT_SYMENT, sizeof(ElfW(Sym))));
  dynamic.push_back(dynamic_entry(DT_STRTAB, strings_at));
  dynamic.push_back(dynamic_entry(DT_STRSZ, strings.size()));
  dynamic.push_back(dynamic_entry(DT_NULL, 0));

  Start start;
  start.header = header_for(start.segments.size());
  start.segments = {segment(PT_LOAD, 0, strings_at + strings.size()),
                    segment(PT_DYNAMIC, at, dynamic.size() * sizeof(ElfW(Dyn))),
                    segment(PT_GNU_STACK, 0, 0)};  // without it, the stack becomes executable
  std::string bytes(strings_at, '\0');
  std::memcpy(bytes.data(), &start, sizeof start);
  std::memcpy(bytes.data() + at, dynamic.data(), dynamic.size() * sizeof(ElfW(Dyn)));
  return bytes + strings;
}

std::vector<void*> open_group(const std::vector<GroupMember>& members, int flags) {
  const TemporaryFile file(object_that_needs(members));
  const std::string path = file.path();
  void* group = path.empty() ? nullptr : dlopen(path.c_str(), flags);
  if (group == nullptr) return {};
  rename_library(group, "pylaunch-libraries of " + members.front().true_path);
  std::vector<void*> handles;
  handles.reserve(members.size());
  for (const GroupMember& member : members)
    handles.push_back(open_library(member.file.c_str(), member.true_path, flags | RTLD_NOLOAD));
  if (std::ranges::count(handles, nullptr) != 0) return {};
  return handles;
}

}  // namespace pylaunch::bundle
