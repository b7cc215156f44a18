// SPDX-License-Identifier: BSD-3-Clause
#include "embed/loaded_libraries.hpp"

#include <dlfcn.h>
#include <link.h>

namespace pylaunch::embed {

namespace {

// Asks of each string of one tag, DT_SONAME or DT_NEEDED, in the dynamic section of an object at
// `base`, until one will do. Takes no memory: there may be hundreds of objects, asked for hundreds.
template <class Will>
bool any_string(const ElfW(Dyn) * section, ElfW(Addr) base, ElfW(Sxword) tag, Will will_do) {
  ElfW(Addr) strings = 0;
  for (const ElfW(Dyn)* entry = section; entry->d_tag != DT_NULL; ++entry)
    if (entry->d_tag == DT_STRTAB) strings = entry->d_un.d_ptr;
  // ld.so has made an address of the offset, but not in objects that it cannot write to (the vDSO).
  if (strings < base) strings += base;
  for (const ElfW(Dyn)* entry = section; entry->d_tag != DT_NULL; ++entry)
    if (entry->d_tag == tag && will_do(reinterpret_cast<const char*>(strings + entry->d_un.d_val)))
      return true;
  return false;
}

bool has_string(const dl_phdr_info& object, ElfW(Sxword) tag, std::string_view wanted) {
  for (int i = 0; i < object.dlpi_phnum; ++i)
    if (const ElfW(Phdr)& header = object.dlpi_phdr[i]; header.p_type == PT_DYNAMIC)
      return any_string(reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + header.p_vaddr),
                        object.dlpi_addr, tag,
                        [&](const char* string) { return string == wanted; });
  return false;
}

}  // namespace

bool is_loaded(std::string_view soname) {
  const auto compare = [](dl_phdr_info* object, std::size_t, void* wanted) {
    return has_string(*object, DT_SONAME, *static_cast<std::string_view*>(wanted)) ? 1 : 0;
  };
  return dl_iterate_phdr(compare, &soname) != 0;
}

std::string soname_at(const void* address) {
  Dl_info info = {};
  link_map* object = nullptr;
  if (dladdr1(address, &info, reinterpret_cast<void**>(&object), RTLD_DL_LINKMAP) == 0) return {};
  std::string soname;
  any_string(object->l_ld, object->l_addr, DT_SONAME, [&](const char* string) {
    soname = string;
    return true;
  });
  return soname;
}

std::vector<std::string> objects_that_need(std::string_view soname) {
  struct Search {
    std::string_view soname;
    std::vector<std::string> found;
  } search = {soname, {}};
  const auto look = [](dl_phdr_info* object, std::size_t, void* data) {
    auto& [wanted, found] = *static_cast<Search*>(data);
    if (has_string(*object, DT_NEEDED, wanted)) found.emplace_back(object->dlpi_name);
    return 0;
  };
  dl_iterate_phdr(look, &search);
  return search.found;
}

}  // namespace pylaunch::embed
