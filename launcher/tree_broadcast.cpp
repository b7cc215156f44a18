// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/tree_broadcast.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "bundle/buffer.hpp"
#include "launcher/agreement.hpp"
#include "launcher/error.hpp"

namespace pylaunch {

namespace {

constexpr const char* during = "broadcast";
// Large enough that a message's fixed costs vanish, small enough for a second-level cache. Fewer
// than an int can count, whatever the size of a part.
constexpr std::size_t message_bytes = std::size_t{1} << 20;
constexpr std::size_t messages_in_flight = 4;

struct Message {
  std::vector<Piece> pieces;
  std::size_t size = 0;
};

std::vector<Message> cut(std::span<const std::uint64_t> sizes) {
  std::vector<Message> messages;
  for (std::size_t part = 0; part < sizes.size(); ++part) {
    for (std::uint64_t offset = 0; offset < sizes[part];) {
      if (messages.empty() || messages.back().size == message_bytes) messages.emplace_back();
      Message& message = messages.back();
      const std::size_t size =
          std::min<std::uint64_t>(message_bytes - message.size, sizes[part] - offset);
      message.pieces.push_back({part, offset, size});
      message.size += size;
      offset += size;
    }
  }
  return messages;
}

// One rank's part of the broadcast.
class Relay {
 public:
  Relay(std::vector<Message> messages, const Communicator& ranks)
      : messages_(std::move(messages)), ranks_(ranks.get()), rank_(ranks.rank()) {
    for (const int child : {2 * rank_ + 1, 2 * rank_ + 2})
      if (child < ranks.size()) children_.push_back(child);
    for (Slot& slot : slots_) slot.sends.resize(children_.size(), MPI_REQUEST_NULL);
  }

  void send_all(const PieceSource& source, const PieceSink& sink) {
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      wait_all(slot(i).sends, during);
      pass_on(i, gather(i, source));
      for (const Piece& piece : messages_[i].pieces) sink(piece, source(piece));
    }
    finish_sends();
  }

  void receive_all(const PieceSink& sink) {
    for (std::size_t i = 0; i < std::min(messages_in_flight, messages_.size()); ++i) receive(i);
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      wait_all({&slot(i).receive, 1}, during);
      pass_on(i, room(i));
      std::span<const std::byte> bytes(room(i), messages_[i].size);
      for (const Piece& piece : messages_[i].pieces) {
        sink(piece, bytes.first(piece.size));
        bytes = bytes.subspan(piece.size);
      }
      // The room of the message before has been passed on by now, or nearly so.
      const std::size_t next = i + messages_in_flight - 1;
      if (i > 0 && next < messages_.size()) receive(next);
    }
    finish_sends();
  }

 private:
  struct Slot {
    MPI_Request receive = MPI_REQUEST_NULL;
    std::vector<MPI_Request> sends;
  };

  Slot& slot(std::size_t message) { return slots_[message % messages_in_flight]; }

  std::byte* room(std::size_t message) {
    return rooms_.data() + message % messages_in_flight * message_bytes;
  }

  // The bytes of a message in one place, the same ones again and again: networks with RDMA register
  // what they send from, and what may not be written cannot be registered on all of them.
  const std::byte* gather(std::size_t i, const PieceSource& source) {
    std::byte* end = room(i);
    for (const Piece& piece : messages_[i].pieces) end = std::ranges::copy(source(piece), end).out;
    return room(i);
  }

  void receive(std::size_t i) {
    wait_all(slot(i).sends, during);
    check_mpi(MPI_Irecv(room(i), static_cast<int>(messages_[i].size), MPI_BYTE, (rank_ - 1) / 2, 0,
                        ranks_, &slot(i).receive),
              during);
  }

  void pass_on(std::size_t i, const std::byte* bytes) {
    for (std::size_t child = 0; child < children_.size(); ++child)
      check_mpi(MPI_Isend(bytes, static_cast<int>(messages_[i].size), MPI_BYTE, children_[child], 0,
                          ranks_, &slot(i).sends[child]),
                during);
  }

  void finish_sends() {
    for (Slot& slot : slots_) wait_all(slot.sends, during);
  }

  std::vector<Message> messages_;
  MPI_Comm ranks_;
  int rank_;
  std::vector<int> children_;
  std::array<Slot, messages_in_flight> slots_;
  bundle::BundleBuffer rooms_{message_bytes * messages_in_flight};  // in huge pages: few faults
};

}  // namespace

void broadcast_parts(std::span<const std::uint64_t> sizes, const Communicator& ranks,
                     const PieceSource& source, const PieceSink& sink) {
  Relay relay(cut(sizes), ranks);
  if (ranks.rank() == 0)
    relay.send_all(source, sink);
  else
    relay.receive_all(sink);
}

void keep_parts(std::span<const std::uint64_t> sizes, const PieceSource& source,
                const PieceSink& sink) {
  for (const Message& message : cut(sizes))
    for (const Piece& piece : message.pieces) sink(piece, source(piece));
}

}  // namespace pylaunch
