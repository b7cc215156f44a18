// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/new_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "bundle/uninterrupted.hpp"
#include "launcher/cache_names.hpp"

namespace pylaunch {

NewFile::NewFile(const std::string& path)
    : path_(path), temporary_(temporary_name(path)), descriptor_(bundle::uninterrupted([this] {
        return ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      })) {
  is_left_ = descriptor_ >= 0 || fail();
}

NewFile::~NewFile() {
  close_file();
  if (is_left_) unlink(temporary_.c_str());
}

void NewFile::write(bundle::Bytes bytes) {
  while (error_ == 0 && !bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0)
      fail();
    else
      bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

// Network file systems may say only when a file is closed that there is no room for it. There is no
// fsync: it would make each job that has learnt something wait for the disk, and what a crash of
// the machine spoils is noticed and made again, as it is for want of a file.
bool NewFile::publish() {
  if (!close_file() || error_ != 0) return false;
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return fail();
  is_left_ = false;
  return true;
}

bool NewFile::close_file() {
  const int descriptor = std::exchange(descriptor_, -1);
  return descriptor < 0 || ::close(descriptor) == 0 || fail();
}

bool NewFile::fail() {
  if (error_ == 0) error_ = errno != 0 ? errno : EIO;
  return false;
}

}  // namespace pylaunch
