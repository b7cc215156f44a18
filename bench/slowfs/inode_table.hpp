// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fuse_lowlevel.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace slowfs {

// A file descriptor that is closed with its owner.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// One file of the source that the kernel knows of. The O_PATH descriptor stays valid when the
// file is renamed or unlinked, so no path has to be kept.
struct Inode {
  FileDescriptor path_fd;
  std::uint64_t lookups = 0;  // how often the kernel was given it; guarded by the table
};

// The files that the kernel has references to. Thread-safe.
class InodeTable {
 public:
  explicit InodeTable(FileDescriptor root) { root_.path_fd = std::move(root); }

  // The descriptor behind an inode number that the kernel holds a reference to.
  int fd(fuse_ino_t number) const;

  // Looks `name` up in `parent` and counts one reference on success. Returns 0 or an errno.
  int look_up(fuse_ino_t parent, const char* name, fuse_ino_t& number, struct stat& attributes);

  void forget(fuse_ino_t number, std::uint64_t lookups);

 private:
  using Identity = std::pair<dev_t, ino_t>;

  struct Entry : Inode {
    Identity identity;
  };

  Inode root_;
  std::mutex mutex_;
  std::map<Identity, std::unique_ptr<Entry>> entries_;
};

}  // namespace slowfs
