// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/built_in_python.hpp"

#include <dlfcn.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "launcher/support_library.hpp"

// Of CPython's code and of its data; null where none is built in. The version may be asked for
// before Python is started.
extern "C" [[gnu::weak]] const char* Py_GetVersion();
extern "C" [[gnu::weak]] char PyLong_Type;

namespace pylaunch {

namespace {

#ifdef PYLAUNCH_BUILT_IN_PREFIX
constexpr const char* built_in_prefix = PYLAUNCH_BUILT_IN_PREFIX;
#else
constexpr const char* built_in_prefix = "";
#endif

}  // namespace

std::string with_single_blanks(const std::string& text) {
  std::istringstream words(text);
  std::string result;
  for (std::string word; words >> word;) (result += result.empty() ? "" : " ") += word;
  return result;
}

std::string built_in_version() {
  return with_single_blanks(Py_GetVersion != nullptr ? Py_GetVersion() : "");
}

std::string built_in_library(const PythonInstallation& python) {
  if (python.build.empty() || python.build != built_in_version() ||
      python.prefix != built_in_prefix)
    return {};
  const std::string path = find_beside_support_libraries("libpython-built-in.so");
  if (path.empty()) return {};
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const bool fits = library != nullptr && names_this_executable(library);
  if (library != nullptr) dlclose(library);
  if (fits) return path;
  spdlog::debug("{} is not of this executable; {} is used", path, python.library);
  return {};
}

// CPython is linked as one piece: its code and its data are where they should be if one of each is.
bool names_this_executable(void* library) {
  return Py_GetVersion != nullptr &&
         dlsym(library, "Py_GetVersion") == reinterpret_cast<void*>(&Py_GetVersion) &&
         dlsym(library, "PyLong_Type") == &PyLong_Type;
}

}  // namespace pylaunch
