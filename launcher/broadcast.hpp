// SPDX-License-Identifier: BSD-3-Clause
//
// Broadcasts of any size: MPI counts are int, so large pieces go in chunks, several at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "launcher/mpi_environment.hpp"

namespace pylaunch {

using MutableBytes = std::span<std::byte>;

class Broadcast {
 public:
  // From rank 0 of `ranks` to all others.
  Broadcast(const Communicator& ranks, const char* during) : ranks_(ranks), during_(during) {}

  // Collective; the sizes must agree on all ranks. On rank 0 the bytes are sent, elsewhere they are
  // overwritten. They must stay in place until finish(). Throws LaunchError.
  void add(MutableBytes bytes);

  // Completes everything added so far.
  void finish();

 private:
  static constexpr std::size_t chunk_bytes = std::size_t{64} << 20;
  static constexpr std::size_t chunks_in_flight = 8;

  const Communicator& ranks_;
  const char* during_;
  MPI_Request requests_[chunks_in_flight] = {};
  std::size_t active_ = 0;
};

// A small value of trivial type, from rank 0 to all.
template <typename Value>
void broadcast_value(Value& value, const Communicator& ranks, const char* during) {
  Broadcast broadcast(ranks, during);
  broadcast.add(std::as_writable_bytes(std::span(&value, 1)));
  broadcast.finish();
}

}  // namespace pylaunch
