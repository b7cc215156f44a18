// SPDX-License-Identifier: BSD-3-Clause
#include "embed/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "embed/stamp.hpp"

namespace pylaunch::embed {

namespace {

// The size is what the file had when asked; it may have grown or shrunk since.
bool read_up_to_size(int descriptor, std::string& bytes) {
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = read(descriptor, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return true;
}

std::optional<FileContent> read_and_close(int descriptor) {
  if (descriptor < 0) return std::nullopt;
  struct stat status = {};
  FileContent content;
  bool is_read = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (is_read) {
    content.stamp = stamp_from(status);
    content.bytes.resize(static_cast<std::size_t>(status.st_size));
    is_read = read_up_to_size(descriptor, content.bytes);
  }
  close(descriptor);
  return is_read ? std::optional(std::move(content)) : std::nullopt;
}

}  // namespace

std::optional<FileContent> read_file_with_stamp(const std::string& path, OpenFolders& folders) {
  return read_and_close(folders.open_file(path));
}

std::optional<std::string> read_file(const std::string& path, OpenFolders& folders) {
  std::optional<FileContent> content = read_file_with_stamp(path, folders);
  return content ? std::optional(std::move(content->bytes)) : std::nullopt;
}

std::optional<std::string> read_file(const std::string& path) {
  std::optional<FileContent> content = read_and_close(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return content ? std::optional(std::move(content->bytes)) : std::nullopt;
}

}  // namespace pylaunch::embed
