// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/cache_room.hpp"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <vector>

#include "launcher/cache_names.hpp"

namespace pylaunch {

namespace {

constexpr std::size_t most_files = 3000;
constexpr std::time_t day = std::time_t{24} * 3600;

struct CachedFile {
  std::string path;
  std::uint64_t bytes;
  std::time_t used;  // where the file system keeps no times of access: written
  bool is_bundle;
  bool is_half_written;
};

// What has a name that we give, and has not been used for longest first. Without the file `but`.
std::vector<CachedFile> files_in(const std::string& folder, const std::string& but) {
  std::vector<CachedFile> files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename();
    struct stat status = {};
    const bool is_file = name != but && is_cache_name(name) &&
                         lstat(at->path().c_str(), &status) == 0 && S_ISREG(status.st_mode);
    if (is_file)
      files.push_back({at->path(), static_cast<std::uint64_t>(status.st_size),
                       std::max(status.st_atime, status.st_mtime), is_bundle_name(name),
                       is_temporary_name(name)});
  }
  std::ranges::sort(files, {}, &CachedFile::used);
  return files;
}

}  // namespace

bool make_room(const std::string& folder, const std::string& name, std::uint64_t bytes,
               std::uint64_t limit) {
  if (bytes > limit) {
    spdlog::debug("{}/{} is not written: {} bytes are more than --cache-limit", folder, name,
                  bytes);
    return false;
  }
  const std::vector<CachedFile> files = files_in(folder, name);
  std::uint64_t in_bundles = bytes;
  for (const CachedFile& file : files)
    if (file.is_bundle) in_bundles += file.bytes;
  std::size_t count = files.size() + 1;
  const std::time_t long_ago = std::time(nullptr) - day;
  for (const CachedFile& file : files) {
    const bool is_too_much = file.is_bundle && in_bundles > limit;
    const bool is_left = file.is_half_written && file.used < long_ago;
    if (!is_too_much && !is_left && count <= most_files) continue;
    std::error_code error;
    std::filesystem::remove(file.path, error);
    if (error) continue;
    spdlog::debug("{} is deleted, to make room", file.path);
    if (file.is_bundle) in_bundles -= file.bytes;
    --count;
  }
  return true;
}

}  // namespace pylaunch
