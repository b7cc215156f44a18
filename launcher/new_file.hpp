// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "bundle/buffer.hpp"

namespace pylaunch {

// A file that appears whole or not at all: written under a name of its own, it takes the place of
// the old one at the end. What has not come to that is taken away.
class NewFile {
 public:
  explicit NewFile(const std::string& path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  explicit operator bool() const { return error_ == 0; }
  int error() const { return error_; }  // errno of what failed first

  // Does nothing after a failure.
  void write(bundle::Bytes bytes);
  // False after any failure; the old file is as it was then.
  bool publish();

 private:
  bool close_file();
  bool fail();

  std::string path_;
  std::string temporary_;
  int descriptor_;
  int error_ = 0;
  bool is_left_ = false;  // the temporary file is there, and ours
};

}  // namespace pylaunch
