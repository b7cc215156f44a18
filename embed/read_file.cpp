// SPDX-License-Identifier: BSD-3-Clause
#include "embed/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "embed/stamp.hpp"

namespace pylaunch::embed {

namespace {

// Not to wait for a pipe that has the name of a module.
constexpr int reading = O_RDONLY | O_NONBLOCK | O_CLOEXEC;

// The number of bytes that are there; nullopt when they cannot be read. The size is what the file
// had when asked; it may have grown or shrunk since.
std::optional<std::size_t> read_up_to(int descriptor, char* bytes, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = read(descriptor, bytes + filled, size - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

// Calls use(descriptor, status) for a regular file, and closes it.
template <typename Use>
auto with_file(int descriptor, Use&& use) -> decltype(use(0, std::declval<struct stat>())) {
  if (descriptor < 0) return std::nullopt;
  const struct Close {
    int descriptor;
    ~Close() { close(descriptor); }
  } at_end{descriptor};
  struct stat status = {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return use(descriptor, status);
}

}  // namespace

std::optional<FileContent> read_file(const OpenFolders::Place& place, std::uint64_t most,
                                     ReadMemory& memory) {
  const int file = openat(place.folder, place.name, reading);
  return with_file(file, [&](int descriptor, const struct stat& status) {
    const auto size = static_cast<std::size_t>(status.st_size);
    FileContent content{{}, stamp_from(status)};
    if (size > most) return std::optional(content);
    char* bytes = memory.take(size);
    const auto count = read_up_to(descriptor, bytes, size);
    if (count) content.bytes = {bytes, *count};
    return count ? std::optional(content) : std::nullopt;
  });
}

std::optional<std::string> read_file(const std::string& path) {
  return with_file(open(path.c_str(), reading), [](int descriptor, const struct stat& status) {
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    const auto count = read_up_to(descriptor, bytes.data(), bytes.size());
    bytes.resize(count.value_or(0));
    return count ? std::optional(std::move(bytes)) : std::nullopt;
  });
}

}  // namespace pylaunch::embed
