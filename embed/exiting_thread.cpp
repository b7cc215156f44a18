// SPDX-License-Identifier: BSD-3-Clause
#include "embed/exiting_thread.hpp"

#include <unwind.h>

namespace pylaunch::embed {

void prepare_unwinding() {
  _Unwind_Backtrace([](_Unwind_Context*, void*) { return _URC_NORMAL_STOP; }, nullptr);
}

}  // namespace pylaunch::embed
