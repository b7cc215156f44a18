// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace pylaunch {

// A standard stream that is closed when the process starts would become the number of a file or
// socket that MPI opens, and print() would write into that. While this lives, /dev/null stands in.
class StandardStreams {
 public:
  StandardStreams();
  // Closes the stand-ins again, for the interpreter to find them closed as python3 does.
  void release();

 private:
  bool stands_in_[3] = {};
};

}  // namespace pylaunch
