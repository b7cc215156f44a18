// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace pylaunch::bundle {

// What std::bad_alloc means to a user. Said without allocating anything for it, where possible.
inline constexpr const char* out_of_memory =
    "out of memory; give the job more (the limit of its queue, ulimit -v), or start fewer ranks on "
    "each node";

}  // namespace pylaunch::bundle
