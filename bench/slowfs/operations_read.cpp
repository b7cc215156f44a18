// SPDX-License-Identifier: BSD-3-Clause
// Opening and reading files, the control file included.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

#include "view.hpp"

namespace slowfs {
namespace {

// A reader of the control file sees one consistent snapshot, taken when it opened the file.
void open_control(fuse_req_t request, fuse_file_info* info) {
  View& view = view_of(request);
  auto snapshot = std::make_unique<std::string>(view.statistics.to_json(view.settings_json()));
  info->fh = reinterpret_cast<std::uint64_t>(snapshot.release());
  info->direct_io = 1;
  fuse_reply_open(request, info);
}

void open_file(fuse_req_t request, fuse_ino_t inode, fuse_file_info* info) {
  if (inode == control_inode) {
    open_control(request, info);
    return;
  }
  View& view = admit(request, Operation::open);
  const int fd = ::open(path_of(view.inodes.fd(inode)).c_str(),
                        (info->flags & ~O_NOFOLLOW) | O_CLOEXEC);
  if (fd < 0) {
    fuse_reply_err(request, errno);
    return;
  }
  info->fh = static_cast<std::uint64_t>(fd);
  info->keep_cache = view.keep_data ? 1 : 0;
  info->noflush = 1;
  fuse_reply_open(request, info);
}

void read_file(fuse_req_t request, fuse_ino_t inode, std::size_t size, off_t offset,
               fuse_file_info* info) {
  if (inode == control_inode) {
    const auto& snapshot = *reinterpret_cast<const std::string*>(info->fh);
    const auto start = std::min(static_cast<std::size_t>(offset), snapshot.size());
    fuse_reply_buf(request, snapshot.data() + start, std::min(size, snapshot.size() - start));
    return;
  }
  View& view = admit(request, Operation::read);
  struct stat status = {};
  if (fstat(static_cast<int>(info->fh), &status) == 0 && status.st_size > offset)
    view.statistics.count_bytes_read(
        std::min(size, static_cast<std::size_t>(status.st_size - offset)));
  fuse_bufvec bytes = FUSE_BUFVEC_INIT(size);
  bytes.buf[0].flags = static_cast<fuse_buf_flags>(FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK);
  bytes.buf[0].fd = static_cast<int>(info->fh);
  bytes.buf[0].pos = offset;
  fuse_reply_data(request, &bytes, FUSE_BUF_SPLICE_MOVE);
}

void release_file(fuse_req_t request, fuse_ino_t inode, fuse_file_info* info) {
  if (inode == control_inode) {
    delete reinterpret_cast<std::string*>(info->fh);
  } else {
    admit(request, Operation::release);
    ::close(static_cast<int>(info->fh));
  }
  fuse_reply_err(request, 0);
}

}  // namespace

void add_read_operations(fuse_lowlevel_ops& operations) {
  operations.open = open_file;
  operations.read = read_file;
  operations.release = release_file;
}

}  // namespace slowfs
