// SPDX-License-Identifier: BSD-3-Clause
//
// Threads that want the GIL of an interpreter that has ended, as daemon threads may. CPython before
// 3.14 ends them with pthread_exit(), which unwinds the stack: C++ frames would run destructors
// that count on the GIL, and those that are noexcept would end the process. From 3.14 on CPython
// keeps such threads where they are until the process ends (python/cpython#87135); so do we.
#pragma once

#include <cxxabi.h>
#include <unistd.h>

namespace pylaunch::embed {

// Before the first of them: this library has an unwinder of its own linked in, which makes its
// tables when it is used first. An unwinding that begins elsewhere does not, and ends the process.
void prepare_unwinding();

// What `call` returns. A thread that is ended in it stays in it.
template <class Call>
decltype(auto) stay_if_ended(Call&& call) {
  try {
    return call();
  } catch (const abi::__forced_unwind&) {
    for (;;) pause();
  }
}

}  // namespace pylaunch::embed
