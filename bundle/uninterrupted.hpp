// SPDX-License-Identifier: BSD-3-Clause
//
// A program's signal handlers may be installed already while the launcher works (a sitecustomize
// that samples the process, say), and Python's make calls to slow file systems end with EINTR.
#pragma once

#include <cerrno>

namespace pylaunch::bundle {

// The result of a system call, made again as often as a signal interrupts it. Not for close(), nor
// for calls that may have done a part of their work.
template <typename Call>
auto uninterrupted(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace pylaunch::bundle
