// SPDX-License-Identifier: BSD-3-Clause
#include "embed/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "bundle/elf_segments.hpp"
#include "bundle/uninterrupted.hpp"
#include "embed/descriptor_path.hpp"
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

// A shared object of less is read before it is known how much of it is wanted: on a network file
// system each read may be a request more, which takes longer than these bytes.
constexpr std::uint64_t small_object = 1 << 20;

// How much of a file to read, from its start.
std::uint64_t size_to_read(int descriptor, std::uint64_t size, const Wanted& wanted) {
  if (!wanted.only_loaded || size < small_object) return size;
  char head[bundle::elf_head_bytes];
  const ssize_t count = pread(descriptor, head, sizeof head, 0);
  if (count < 0) return size;
  return bundle::loaded_size({head, static_cast<std::size_t>(count)}, size);
}

std::optional<FileContent> read_open_file(int descriptor, const Wanted& wanted,
                                          ReadMemory& memory) {
  struct stat status = {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  FileContent content{{}, stamp_from(status), path_of_descriptor(descriptor)};
  if (content.stamp.size > wanted.most) return content;
  const std::uint64_t size = size_to_read(descriptor, content.stamp.size, wanted);
  char* bytes = memory.take(size);
  const auto count = read_up_to(descriptor, bytes, size);
  if (!count) return std::nullopt;
  content.bytes = {bytes, *count};
  if (wanted.only_loaded)
    content.bytes = content.bytes.substr(0, bundle::loaded_size(content.bytes, *count));
  return content;
}

}  // namespace

std::optional<FileContent> read_file(const OpenFolders::Place& place, const Wanted& wanted,
                                     ReadMemory& memory) {
  const int descriptor =
      bundle::uninterrupted([&] { return openat(place.folder, place.name, reading); });
  if (descriptor < 0) return std::nullopt;
  const struct Close {
    int descriptor;
    ~Close() { close(descriptor); }
  } at_end{descriptor};
  return read_open_file(descriptor, wanted, memory);
}

}  // namespace pylaunch::embed
