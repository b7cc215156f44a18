// SPDX-License-Identifier: BSD-3-Clause
// Names and attributes: lookup, getattr, readlink, directories, statfs.
#include <dirent.h>
#include <fcntl.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <vector>

#include "view.hpp"

namespace slowfs {
namespace {

struct stat control_attributes() {
  struct stat attributes {};
  attributes.st_ino = control_inode;
  attributes.st_mode = S_IFREG | 0666;
  attributes.st_nlink = 1;
  return attributes;
}

void look_up(fuse_req_t request, fuse_ino_t parent, const char* name) {
  if (parent == FUSE_ROOT_ID && std::strcmp(name, control_name) == 0) {
    fuse_entry_param entry{};
    entry.ino = control_inode;
    entry.attr = control_attributes();
    fuse_reply_entry(request, &entry);
    return;
  }
  View& view = admit(request, Operation::lookup);
  reply_with_entry(request, view, parent, name);
}

void forget(fuse_req_t request, fuse_ino_t inode, std::uint64_t lookups) {
  if (inode != control_inode) {
    view_of(request).inodes.forget(inode, lookups);
  }
  fuse_reply_none(request);
}

void forget_multi(fuse_req_t request, std::size_t count, fuse_forget_data* forgets) {
  for (std::size_t i = 0; i < count; ++i) {
    if (forgets[i].ino != control_inode) {
      view_of(request).inodes.forget(forgets[i].ino, forgets[i].nlookup);
    }
  }
  fuse_reply_none(request);
}

void get_attributes(fuse_req_t request, fuse_ino_t inode, fuse_file_info*) {
  if (inode == control_inode) {
    const struct stat attributes = control_attributes();
    fuse_reply_attr(request, &attributes, 0);
    return;
  }
  View& view = admit(request, Operation::getattr);
  struct stat attributes {};
  if (::fstatat(view.inodes.fd(inode), "", &attributes, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) {
    fuse_reply_err(request, errno);
    return;
  }
  fuse_reply_attr(request, &attributes, view.cache_seconds);
}

void read_link(fuse_req_t request, fuse_ino_t inode) {
  View& view = admit(request, Operation::readlink);
  char target[PATH_MAX + 1];
  const ssize_t length = ::readlinkat(view.inodes.fd(inode), "", target, PATH_MAX);
  if (length < 0) {
    fuse_reply_err(request, errno);
    return;
  }
  target[length] = '\0';
  fuse_reply_readlink(request, target);
}

void open_directory(fuse_req_t request, fuse_ino_t inode, fuse_file_info* info) {
  View& view = admit(request, Operation::opendir);
  const int fd = ::openat(view.inodes.fd(inode), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* directory = fd < 0 ? nullptr : ::fdopendir(fd);
  if (directory == nullptr) {
    fuse_reply_err(request, errno);
    return;
  }
  info->fh = reinterpret_cast<std::uint64_t>(directory);
  fuse_reply_open(request, info);
}

void read_directory(fuse_req_t request, fuse_ino_t, std::size_t size, off_t offset,
                    fuse_file_info* info) {
  admit(request, Operation::readdir);
  DIR* directory = reinterpret_cast<DIR*>(info->fh);
  if (offset == 0) {
    ::rewinddir(directory);
  } else {
    ::seekdir(directory, offset);
  }
  std::vector<char> buffer(size);
  std::size_t used = 0;
  while (const dirent* entry = ::readdir(directory)) {
    struct stat attributes {};
    attributes.st_ino = entry->d_ino;
    attributes.st_mode = static_cast<mode_t>(entry->d_type) << 12;
    const std::size_t length = fuse_add_direntry(request, buffer.data() + used, size - used,
                                                 entry->d_name, &attributes, entry->d_off);
    if (length > size - used) {
      break;
    }
    used += length;
  }
  fuse_reply_buf(request, buffer.data(), used);
}

void release_directory(fuse_req_t request, fuse_ino_t, fuse_file_info* info) {
  admit(request, Operation::release);
  ::closedir(reinterpret_cast<DIR*>(info->fh));
  fuse_reply_err(request, 0);
}

void stat_file_system(fuse_req_t request, fuse_ino_t inode) {
  View& view = admit(request, Operation::statfs);
  struct statvfs answer {};
  if (::fstatvfs(view.inodes.fd(inode), &answer) != 0) {
    fuse_reply_err(request, errno);
    return;
  }
  fuse_reply_statfs(request, &answer);
}

}  // namespace

void reply_with_entry(fuse_req_t request, View& view, fuse_ino_t parent, const char* name) {
  fuse_entry_param entry{};
  entry.attr_timeout = view.cache_seconds;
  entry.entry_timeout = view.cache_seconds;
  const int error = view.inodes.look_up(parent, name, entry.ino, entry.attr);
  if (error == ENOENT && view.cache_seconds > 0) {
    entry.ino = 0;  // an absence that the client may remember
    fuse_reply_entry(request, &entry);
  } else if (error != 0) {
    fuse_reply_err(request, error);
  } else {
    fuse_reply_entry(request, &entry);
  }
}

std::string path_of(int path_fd) { return "/proc/self/fd/" + std::to_string(path_fd); }

std::string View::settings_json() const {
  return "\"cost_us\": " + std::to_string(queue.cost().count()) +
         ", \"cache_seconds\": " + std::to_string(cache_seconds) +
         ", \"keep_data\": " + (keep_data ? "true" : "false");
}

void add_namespace_operations(fuse_lowlevel_ops& operations) {
  operations.lookup = look_up;
  operations.forget = forget;
  operations.forget_multi = forget_multi;
  operations.getattr = get_attributes;
  operations.readlink = read_link;
  operations.opendir = open_directory;
  operations.readdir = read_directory;
  operations.releasedir = release_directory;
  operations.statfs = stat_file_system;
}

}  // namespace slowfs
