// SPDX-License-Identifier: BSD-3-Clause
//
// Large contents, from rank 0 to all others. They flow in messages of one mebibyte down a binary
// tree of the ranks: a rank receives one while it passes on the one before and puts it away. So
// each byte crosses the network once to each rank, no rank sends one more than twice, and the time
// is that of the bytes plus one message for each level of the tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "launcher/mpi_environment.hpp"

namespace pylaunch {

// A range of one of the parts that are broadcast. Small parts share a message.
struct Piece {
  std::size_t part = 0;
  std::uint64_t offset = 0;
  std::size_t size = 0;
};

// Where rank 0 has the bytes of a piece; borrowed for the call.
using PieceSource = std::function<std::span<const std::byte>(const Piece&)>;
// What becomes of a piece; called on every rank, rank 0 included, in the order of the pieces. The
// bytes are borrowed for the call.
using PieceSink = std::function<void(const Piece&, std::span<const std::byte>)>;

// Collective; the sizes of the parts are the same on all ranks. Throws LaunchError, or what a sink
// throws: the job has to be aborted then, as other ranks wait for this one.
void broadcast_parts(std::span<const std::uint64_t> sizes, const Communicator& ranks,
                     const PieceSource& source, const PieceSink& sink);

// The same where there is nobody to send to.
void keep_parts(std::span<const std::uint64_t> sizes, const PieceSource& source,
                const PieceSink& sink);

}  // namespace pylaunch
