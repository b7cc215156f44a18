// SPDX-License-Identifier: BSD-3-Clause
//
// For its lifetime the process may use a resource up to the hard limit, as what the launcher makes
// for itself is not to be taken from what the program may use.
#pragma once

#include <sys/resource.h>

namespace pylaunch {

class RaisedLimit {
 public:
  // RLIMIT_NOFILE, RLIMIT_FSIZE, ... A limit that cannot be raised stays as it is.
  explicit RaisedLimit(__rlimit_resource resource);
  ~RaisedLimit();
  RaisedLimit(const RaisedLimit&) = delete;
  RaisedLimit& operator=(const RaisedLimit&) = delete;

  // The limits that were found, and that come back.
  const rlimit& usual() const { return usual_; }

 private:
  __rlimit_resource resource_;
  rlimit usual_ = {};
  bool is_raised_ = false;
};

}  // namespace pylaunch
