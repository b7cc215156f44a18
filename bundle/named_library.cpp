// SPDX-License-Identifier: BSD-3-Clause
#include "bundle/named_library.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstring>

namespace pylaunch::bundle {

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

}  // namespace pylaunch::bundle
