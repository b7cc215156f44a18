// SPDX-License-Identifier: BSD-3-Clause
#include "inode_table.hpp"

#include <fcntl.h>

#include <cerrno>

namespace slowfs {

int InodeTable::fd(fuse_ino_t number) const {
  // Inode numbers are addresses of entries: the kernel keeps an entry alive until it forgets it.
  return number == FUSE_ROOT_ID ? root_.path_fd.get()
                                : reinterpret_cast<const Entry*>(number)->path_fd.get();
}

int InodeTable::look_up(fuse_ino_t parent, const char* name, fuse_ino_t& number,
                        struct stat& attributes) {
  FileDescriptor found(::openat(fd(parent), name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (found.get() < 0 ||
      ::fstatat(found.get(), "", &attributes, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) {
    return errno;
  }
  const Identity identity{attributes.st_dev, attributes.st_ino};
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[identity];
  if (!entry) {
    entry = std::make_unique<Entry>();
    entry->path_fd = std::move(found);
    entry->identity = identity;
  }
  ++entry->lookups;
  number = reinterpret_cast<fuse_ino_t>(entry.get());
  return 0;
}

void InodeTable::forget(fuse_ino_t number, std::uint64_t lookups) {
  if (number == FUSE_ROOT_ID) {
    return;
  }
  const std::lock_guard lock(mutex_);
  auto* entry = reinterpret_cast<Entry*>(number);
  entry->lookups -= lookups;
  if (entry->lookups == 0) {
    entries_.erase(Identity(entry->identity));
  }
}

}  // namespace slowfs
