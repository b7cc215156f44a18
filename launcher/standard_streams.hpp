// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace pylaunch {

// A standard stream that is closed when the process starts would become the number of a file or
// socket that MPI or the launcher opens, and print() would write into that. /dev/null stands in
// until the interpreter starts.
class StandardStreams {
 public:
  StandardStreams();
  // Whether a standard stream was closed at the start.
  bool any_closed() const { return stands_in_[0] || stands_in_[1] || stands_in_[2]; }
  // Closes the stand-ins again, for the interpreter to find them closed as python3 does.
  void release();

 private:
  bool stands_in_[3] = {};
};

}  // namespace pylaunch
