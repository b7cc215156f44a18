// SPDX-License-Identifier: BSD-3-Clause
#include "embed/loaded_libraries.hpp"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstring>

namespace pylaunch::embed {

namespace {

// The strings of one tag, DT_SONAME or DT_NEEDED, in the dynamic section of an object at `base`.
std::vector<const char*> strings_of(const ElfW(Dyn) * section, ElfW(Addr) base, ElfW(Sxword) tag) {
  std::vector<ElfW(Xword)> offsets;
  ElfW(Addr) strings = 0;
  for (const ElfW(Dyn)* entry = section; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_STRTAB) strings = entry->d_un.d_ptr;
    if (entry->d_tag == tag) offsets.push_back(entry->d_un.d_val);
  }
  // ld.so has made an address of the offset, but not in objects that it cannot write to (the vDSO).
  if (strings < base) strings += base;
  std::vector<const char*> found;
  for (const ElfW(Xword) offset : offsets)
    found.push_back(reinterpret_cast<const char*>(strings + offset));
  return found;
}

std::vector<const char*> strings_of(const dl_phdr_info& object, ElfW(Sxword) tag) {
  for (int i = 0; i < object.dlpi_phnum; ++i)
    if (const ElfW(Phdr)& header = object.dlpi_phdr[i]; header.p_type == PT_DYNAMIC)
      return strings_of(reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + header.p_vaddr),
                        object.dlpi_addr, tag);
  return {};
}

bool has(const std::vector<const char*>& strings, std::string_view wanted) {
  return std::find(strings.begin(), strings.end(), wanted) != strings.end();
}

}  // namespace

bool is_loaded(std::string_view soname) {
  const auto compare = [](dl_phdr_info* object, std::size_t, void* wanted) {
    return has(strings_of(*object, DT_SONAME), *static_cast<std::string_view*>(wanted)) ? 1 : 0;
  };
  return dl_iterate_phdr(compare, &soname) != 0;
}

std::string soname_at(const void* address) {
  Dl_info info = {};
  link_map* object = nullptr;
  if (dladdr1(address, &info, reinterpret_cast<void**>(&object), RTLD_DL_LINKMAP) == 0) return {};
  const std::vector<const char*> names = strings_of(object->l_ld, object->l_addr, DT_SONAME);
  return names.empty() ? "" : names.front();
}

std::vector<std::string> objects_that_need(std::string_view soname) {
  struct Search {
    std::string_view soname;
    std::vector<std::string> found;
  } search = {soname, {}};
  const auto look = [](dl_phdr_info* object, std::size_t, void* data) {
    auto& [wanted, found] = *static_cast<Search*>(data);
    if (has(strings_of(*object, DT_NEEDED), wanted)) found.emplace_back(object->dlpi_name);
    return 0;
  };
  dl_iterate_phdr(look, &search);
  return search.found;
}

void* open_library(const char* file, const std::string& true_path, int flags) {
  void* handle = dlopen(file, flags);
  if (handle != nullptr) rename_library(handle, true_path);
  return handle;
}

// The name is ld.so's own to free, hence strdup; the one before may be in use by another thread.
void rename_library(void* handle, const std::string& true_path) {
  link_map* object = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &object) != 0 || true_path == object->l_name) return;
  char* name = strdup(true_path.c_str());
  if (name != nullptr) object->l_name = name;
}

}  // namespace pylaunch::embed
