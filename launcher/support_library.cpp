// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/support_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "bundle/named_library.hpp"
#include "launcher/built_in_python.hpp"
#include "launcher/error.hpp"

namespace pylaunch {

namespace {

constexpr const char* prefix = "libpylaunch-python";
constexpr const char* during = "loading of Python";

// Installed: PREFIX/bin/pylaunch and PREFIX/lib/pylaunch/; in a build tree lib/pylaunch/ lies
// beside the executable.
std::vector<std::filesystem::path> support_folders() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  return {self / "lib" / "pylaunch", self.parent_path() / "lib" / "pylaunch"};
}

void* load(const LibraryCopy& library, int flags) {
  void* handle = bundle::open_library(library.file.c_str(), library.true_path, flags);
  if (handle == nullptr) throw LaunchError(PYLAUNCH_EXIT_NO_PYTHON, during, dlerror());
  return handle;
}

}  // namespace

std::vector<std::string> supported_versions() {
  std::vector<std::string> versions;
  for (const auto& folder : support_folders()) {
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
      const std::string stem = file.path().stem();
      if (stem.starts_with(prefix) && file.path().extension() == ".so")
        versions.push_back(stem.substr(std::string(prefix).size()));
    }
  }
  std::ranges::sort(versions, [](const std::string& a, const std::string& b) {
    return std::pair(a.size(), a) < std::pair(b.size(), b);  // 3.9 before 3.10
  });
  return versions;
}

std::string find_beside_support_libraries(const std::string& name) {
  for (const auto& folder : support_folders()) {
    std::error_code error;
    if (std::filesystem::exists(folder / name, error)) return folder / name;
  }
  return {};
}

std::string find_support_library(const std::string& version) {
  const std::string path = find_beside_support_libraries(fmt::format("{}{}.so", prefix, version));
  if (!path.empty()) return path;
  const auto versions = supported_versions();
  if (versions.empty())
    throw LaunchError(
        PYLAUNCH_EXIT_NO_PYTHON, during,
        fmt::format("there is no support library for CPython {}, nor any other, in {}; "
                    "install pylaunch as a whole, and link to its executable rather "
                    "than copy it",
                    version, support_folders().back().string()));
  throw LaunchError(PYLAUNCH_EXIT_NO_PYTHON, during,
                    fmt::format("this pylaunch has no support library for CPython {}; it has: {}. "
                                "Choose another interpreter with --python, or build one for it",
                                version, fmt::join(versions, ", ")));
}

const PylaunchSupport* load_support(const LibraryCopy& libpython,
                                    const LibraryCopy& support_library, bool is_built_in) {
  // Global: extension modules take CPython's symbols from there, as they do from `python3`.
  void* python = load(libpython, RTLD_NOW | RTLD_GLOBAL);
  if (is_built_in && !names_this_executable(python))
    throw LaunchError(PYLAUNCH_EXIT_NO_PYTHON, during,
                      "this executable is not the one of rank 0; install the same pylaunch on all "
                      "nodes, or give --libpython shared");
  void* handle = load(support_library, RTLD_NOW | RTLD_LOCAL);
  void* symbol = dlsym(handle, PYLAUNCH_SUPPORT_SYMBOL);
  const auto entry = reinterpret_cast<PylaunchSupportFunction>(symbol);
  const PylaunchSupport* support = entry != nullptr ? entry() : nullptr;
  if (support == nullptr || support->abi != PYLAUNCH_SUPPORT_ABI)
    throw LaunchError(PYLAUNCH_EXIT_NO_PYTHON, during,
                      support_library.true_path + " is of another pylaunch");
  return support;
}

void check_support(const PylaunchSupport* support, int result) {
  if (result == 0) return;
  throw LaunchError(result < 0 ? 0 : result, "", support->error());
}

}  // namespace pylaunch
