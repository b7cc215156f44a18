// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/cache_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <system_error>

#include "bundle/uninterrupted.hpp"
#include "launcher/cache_room.hpp"
#include "launcher/file_bytes.hpp"
#include "launcher/new_file.hpp"

namespace pylaunch {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string default_path() {
  const std::string cache_home = variable("XDG_CACHE_HOME");
  if (!cache_home.empty() && cache_home.front() == '/') return cache_home + "/pylaunch";
  const std::string home = variable("HOME");
  return home.empty() ? "" : home + "/.cache/pylaunch";
}

// Closes on destruction.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

bool is_private(const struct stat& status) {
  return status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// The descriptor of a trustworthy file and its size; -1 otherwise. Does not wait for a pipe's
// writer.
int open_trusted(const std::string& path, std::size_t& size) {
  const int descriptor = bundle::uninterrupted(
      [&] { return ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); });
  if (descriptor < 0) return -1;
  struct stat status = {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || !is_private(status)) {
    spdlog::debug("{}: not used: not this user's alone", path);
    close(descriptor);
    return -1;
  }
  size = static_cast<std::size_t>(status.st_size);
  return descriptor;
}

}  // namespace

CacheDirectory CacheDirectory::open(const Options& options) {
  CacheDirectory cache;
  if (!options.cache) return cache;
  const std::string chosen = options.manifest_dir.empty() ? default_path() : options.manifest_dir;
  cache.limit_ = options.cache_limit_mib << 20;
  const bool is_usable = cache.use(chosen);
  const bool is_named = !options.manifest_dir.empty();
  if (!is_usable)
    spdlog::log(is_named ? spdlog::level::warn : spdlog::level::debug, "{}no cache: {}",
                is_named ? "--manifest-dir: " : "", cache.problem_);
  else if (is_named && access(cache.path_.c_str(), W_OK) != 0)
    spdlog::warn("--manifest-dir: nothing will be kept for later runs: cannot write to {}: {}",
                 chosen, std::strerror(errno));
  return cache;
}

bool CacheDirectory::use(const std::string& chosen) {
  if (chosen.empty()) {
    problem_ = "neither XDG_CACHE_HOME nor HOME says where it is";
    return false;
  }
  std::error_code error;
  // The program may change the current folder before something is written.
  const std::string path = std::filesystem::absolute(chosen, error);
  std::filesystem::create_directories(path, error);
  struct stat status = {};
  const bool is_there = stat(path.c_str(), &status) == 0;
  if (is_there && S_ISDIR(status.st_mode)) {
    path_ = path;
    return true;
  }
  problem_ = fmt::format("cannot make the folder {}: {}", chosen,
                         is_there ? std::strerror(ENOTDIR) : error.message());
  return false;
}

std::optional<std::string> CacheDirectory::read_text(const std::string& name) const {
  if (path_.empty()) return std::nullopt;
  std::size_t size = 0;
  const Descriptor file(open_trusted(path_ + "/" + name, size));
  if (file.get() < 0) return std::nullopt;
  try {
    std::string text(size, '\0');
    if (read_bytes(file.get(), 0, reinterpret_cast<std::byte*>(text.data()), size)) return text;
  } catch (const std::exception& error) {
    spdlog::debug("{}/{}: not used: {}", path_, name, error.what());
  }
  return std::nullopt;
}

CachedBundle CacheDirectory::read_bundle(const std::string& name, bool with_libraries) const {
  if (path_.empty()) return {};
  std::size_t size = 0;
  const Descriptor file(open_trusted(path_ + "/" + name, size));
  if (file.get() < 0) return {};
  try {
    return CachedBundle::read(file.get(), size, with_libraries);
  } catch (const std::exception& error) {  // damaged, or larger than the memory to be had
    spdlog::debug("{}/{}: not used, will be rebuilt: {}", path_, name, error.what());
    return {};
  }
}

bool CacheDirectory::make_room(const std::string& name, std::uint64_t bytes) const {
  if (path_.empty()) return false;
  if (pylaunch::make_room(path_, name, bytes, limit_)) return true;
  problem_ = fmt::format("the bundle's {} MiB are more than --cache-limit", (bytes >> 20) + 1);
  return false;
}

bool CacheDirectory::write(const std::string& name, bundle::Bytes bytes) const {
  return write(name, [bytes](const Take& take) { take(bytes); });
}

bool CacheDirectory::write(const std::string& name,
                           const std::function<void(const Take&)>& give) const {
  if (path_.empty()) return false;
  const std::string target = path_ + "/" + name;
  try {
    NewFile file(target);
    if (file) give([&file](bundle::Bytes bytes) { file.write(bytes); });
    if (file.publish()) return true;
    problem_ = fmt::format("cannot write {}: {}", target, std::strerror(file.error()));
  } catch (const std::exception& error) {
    problem_ = fmt::format("{} is not written: {}", target, error.what());
  }
  spdlog::debug(problem_);
  return false;
}

}  // namespace pylaunch
