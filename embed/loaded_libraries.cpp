// SPDX-License-Identifier: BSD-3-Clause
#include "embed/loaded_libraries.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstring>

namespace pylaunch::embed {

namespace {

// The DT_SONAME of a loaded object, or nullptr.
const char* soname_of(const dl_phdr_info& object) {
  const ElfW(Dyn)* entry = nullptr;
  for (int i = 0; i < object.dlpi_phnum; ++i)
    if (object.dlpi_phdr[i].p_type == PT_DYNAMIC)
      entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + object.dlpi_phdr[i].p_vaddr);
  ElfW(Addr) strings = 0;
  ElfW(Xword) name = 0;
  for (; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_STRTAB) strings = entry->d_un.d_ptr;
    if (entry->d_tag == DT_SONAME) name = entry->d_un.d_val;
  }
  if (strings == 0 || name == 0) return nullptr;
  // ld.so has made an address of the offset, but not in objects that it cannot write to (the vDSO).
  if (strings < object.dlpi_addr) strings += object.dlpi_addr;
  return reinterpret_cast<const char*>(strings + name);
}

}  // namespace

bool is_loaded(std::string_view soname) {
  const auto compare = [](dl_phdr_info* object, std::size_t, void* wanted) {
    const char* name = soname_of(*object);
    return name != nullptr && *static_cast<std::string_view*>(wanted) == name ? 1 : 0;
  };
  return dl_iterate_phdr(compare, &soname) != 0;
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
