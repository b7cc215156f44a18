// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/broadcast.hpp"

#include <algorithm>

#include "launcher/agreement.hpp"
#include "launcher/error.hpp"

namespace pylaunch {

void Broadcast::add(MutableBytes bytes) {
  while (!bytes.empty()) {
    if (active_ == chunks_in_flight) finish();
    const std::size_t size = std::min(bytes.size(), chunk_bytes);
    check_mpi(MPI_Ibcast(bytes.data(), static_cast<int>(size), MPI_BYTE, 0, ranks_.get(),
                         &requests_[active_]),
              during_);
    ++active_;
    bytes = bytes.subspan(size);
  }
}

void Broadcast::finish() {
  wait_all({requests_, active_}, during_);
  active_ = 0;
}

}  // namespace pylaunch
