// SPDX-License-Identifier: BSD-3-Clause
// Everything that changes the source: a cache directory may be put on the view.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "view.hpp"

namespace slowfs {
namespace {

void reply_status(fuse_req_t request, int result) {
  fuse_reply_err(request, result == 0 ? 0 : errno);
}

void create_file(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode,
                 fuse_file_info* info) {
  View& view = admit(request, Operation::create);
  FileDescriptor file(
      ::openat(view.inodes.fd(parent), name, info->flags | O_CREAT | O_CLOEXEC, mode));
  if (file.get() < 0) {
    fuse_reply_err(request, errno);
    return;
  }
  fuse_entry_param entry{};
  entry.attr_timeout = view.cache_seconds;
  entry.entry_timeout = view.cache_seconds;
  const int error = view.inodes.look_up(parent, name, entry.ino, entry.attr);
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  info->fh = static_cast<std::uint64_t>(file.release());
  info->noflush = 1;
  fuse_reply_create(request, &entry, info);
}

void make_directory(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode) {
  View& view = admit(request, Operation::mkdir);
  if (::mkdirat(view.inodes.fd(parent), name, mode) != 0) {
    fuse_reply_err(request, errno);
    return;
  }
  reply_with_entry(request, view, parent, name);
}

void make_symlink(fuse_req_t request, const char* target, fuse_ino_t parent, const char* name) {
  View& view = admit(request, Operation::symlink);
  if (::symlinkat(target, view.inodes.fd(parent), name) != 0) {
    fuse_reply_err(request, errno);
    return;
  }
  reply_with_entry(request, view, parent, name);
}

void make_link(fuse_req_t request, fuse_ino_t inode, fuse_ino_t parent, const char* name) {
  View& view = admit(request, Operation::link);
  if (::linkat(AT_FDCWD, path_of(view.inodes.fd(inode)).c_str(), view.inodes.fd(parent), name,
               AT_SYMLINK_FOLLOW) != 0) {
    fuse_reply_err(request, errno);
    return;
  }
  reply_with_entry(request, view, parent, name);
}

void unlink_file(fuse_req_t request, fuse_ino_t parent, const char* name) {
  View& view = admit(request, Operation::unlink);
  reply_status(request, ::unlinkat(view.inodes.fd(parent), name, 0));
}

void remove_directory(fuse_req_t request, fuse_ino_t parent, const char* name) {
  View& view = admit(request, Operation::rmdir);
  reply_status(request, ::unlinkat(view.inodes.fd(parent), name, AT_REMOVEDIR));
}

void rename_entry(fuse_req_t request, fuse_ino_t parent, const char* name,
                  fuse_ino_t new_parent, const char* new_name, unsigned int flags) {
  View& view = admit(request, Operation::rename);
  reply_status(request, ::renameat2(view.inodes.fd(parent), name, view.inodes.fd(new_parent),
                                    new_name, flags));
}

timespec time_to_set(const timespec& given, int to_set, int set, int set_now) {
  if ((to_set & set_now) != 0) {
    return {0, UTIME_NOW};
  }
  return (to_set & set) != 0 ? given : timespec{0, UTIME_OMIT};
}

int apply_attributes(int path_fd, const struct stat& wanted, int to_set) {
  const std::string path = path_of(path_fd);
  if ((to_set & FUSE_SET_ATTR_MODE) != 0 && ::chmod(path.c_str(), wanted.st_mode) != 0) {
    return errno;
  }
  if ((to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0) {
    const uid_t uid = (to_set & FUSE_SET_ATTR_UID) != 0 ? wanted.st_uid : static_cast<uid_t>(-1);
    const gid_t gid = (to_set & FUSE_SET_ATTR_GID) != 0 ? wanted.st_gid : static_cast<gid_t>(-1);
    if (::fchownat(path_fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) {
      return errno;
    }
  }
  if ((to_set & FUSE_SET_ATTR_SIZE) != 0 && ::truncate(path.c_str(), wanted.st_size) != 0) {
    return errno;
  }
  constexpr int any_time = FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME;
  if ((to_set & any_time) != 0) {
    const timespec times[2] = {
        time_to_set(wanted.st_atim, to_set, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW),
        time_to_set(wanted.st_mtim, to_set, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW)};
    if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) {
      return errno;
    }
  }
  return 0;
}

void set_attributes(fuse_req_t request, fuse_ino_t inode, struct stat* wanted, int to_set,
                    fuse_file_info*) {
  struct stat attributes {};
  if (inode == control_inode) {  // the truncation that comes with `echo > .slowfs-stats`
    attributes.st_mode = S_IFREG | 0666;
    fuse_reply_attr(request, &attributes, 0);
    return;
  }
  View& view = admit(request, Operation::setattr);
  const int path_fd = view.inodes.fd(inode);
  int error = apply_attributes(path_fd, *wanted, to_set);
  if (error == 0 &&
      ::fstatat(path_fd, "", &attributes, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) {
    error = errno;
  }
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  fuse_reply_attr(request, &attributes, view.cache_seconds);
}

void write_file(fuse_req_t request, fuse_ino_t inode, fuse_bufvec* bytes, off_t offset,
                fuse_file_info* info) {
  if (inode == control_inode) {
    view_of(request).statistics.reset();
    fuse_reply_write(request, fuse_buf_size(bytes));
    return;
  }
  admit(request, Operation::write);
  fuse_bufvec target = FUSE_BUFVEC_INIT(fuse_buf_size(bytes));
  target.buf[0].flags = static_cast<fuse_buf_flags>(FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK);
  target.buf[0].fd = static_cast<int>(info->fh);
  target.buf[0].pos = offset;
  const ssize_t written = fuse_buf_copy(&target, bytes, static_cast<fuse_buf_copy_flags>(0));
  if (written < 0) {
    fuse_reply_err(request, static_cast<int>(-written));
  } else {
    fuse_reply_write(request, static_cast<std::size_t>(written));
  }
}

void sync_file(fuse_req_t request, fuse_ino_t, int data_only, fuse_file_info* info) {
  admit(request, Operation::fsync);
  const int fd = static_cast<int>(info->fh);
  reply_status(request, data_only != 0 ? ::fdatasync(fd) : ::fsync(fd));
}

}  // namespace

void add_write_operations(fuse_lowlevel_ops& operations) {
  operations.create = create_file;
  operations.mkdir = make_directory;
  operations.symlink = make_symlink;
  operations.link = make_link;
  operations.unlink = unlink_file;
  operations.rmdir = remove_directory;
  operations.rename = rename_entry;
  operations.setattr = set_attributes;
  operations.write_buf = write_file;
  operations.fsync = sync_file;
}

}  // namespace slowfs
