// SPDX-License-Identifier: BSD-3-Clause
// Which buffers a collective looks at, on which rank, and how blocking, non-blocking and
// persistent variants of one operation are made from one body.
#pragma once

#include "comm.hpp"
#include "op.hpp"
#include "request.hpp"
#include "special.hpp"

namespace pylaunch::mpi {

enum class Mode { blocking, immediate, persistent };

// The send and receive side of an operation. Send is BufferSpec, VectorSpec or VectorWSpec.
template <class Send, class Receive>
struct Exchange {
  Send send;
  Receive receive;
};

struct Reduction : Exchange<BufferSpec, BufferSpec> {
  Counts counts;  // of Reduce_scatter, one for each rank
  UserOpUse op;

  void require_matching_types() const;
  void require_matching() const;
};

// Where this process stands in an operation with a root.
struct RootRole {
  bool sends_to_root;  // is in the group that the root hears from (or talks to)
  bool is_root;
  int root_side;   // `peer` for the buffer that only the root has
  int other_side;  // `peer` for the buffer that the others have
  bool in_place_allowed;
};
RootRole root_role(MPI_Comm comm, int root);

// Parses a specification, unless it is the special value that this side may have.
template <class Spec>
void parse_or_in_place(Spec& spec, PyObject* argument, Access access, bool in_place_allowed,
                       int peer, int blocks) {
  if (in_place_allowed && is_in_place(argument)) {
    spec.set_in_place();
  } else if constexpr (std::is_same_v<Spec, VectorWSpec> ||
                       std::is_same_v<Spec, NeighborVectorWSpec>) {
    spec.parse(argument, access, blocks);
  } else {
    spec.parse(argument, access, peer, blocks);
  }
}

void prepare_bcast(BufferSpec& spec, PyObject* argument, int root, MPI_Comm comm);
void prepare_reduce(Reduction& spec, PyObject* sendbuf, PyObject* recvbuf, int root, MPI_Comm comm);
void prepare_allreduce(Reduction& spec, PyObject* sendbuf, PyObject* recvbuf, MPI_Comm comm);
void prepare_scan(Reduction& spec, PyObject* sendbuf, PyObject* recvbuf, MPI_Comm comm);
void prepare_reduce_scatter_block(Reduction& spec, PyObject* sendbuf, PyObject* recvbuf,
                                  MPI_Comm comm);
void prepare_reduce_scatter(Reduction& spec, PyObject* sendbuf, PyObject* recvbuf,
                            PyObject* recvcounts, MPI_Comm comm);

template <class Receive>
void prepare_gather(Exchange<BufferSpec, Receive>& spec, PyObject* sendbuf, PyObject* recvbuf,
                    int root, MPI_Comm comm) {
  if (comm == MPI_COMM_NULL) {
    return;
  }
  const RootRole role = root_role(comm, root);
  spec.receive.parse(recvbuf, Access::write, role.root_side, peer_count(comm));
  parse_or_in_place(spec.send, sendbuf, Access::read, role.in_place_allowed, role.other_side, 0);
}

template <class Send>
void prepare_scatter(Exchange<Send, BufferSpec>& spec, PyObject* sendbuf, PyObject* recvbuf,
                     int root, MPI_Comm comm) {
  if (comm == MPI_COMM_NULL) {
    return;
  }
  const RootRole role = root_role(comm, root);
  spec.send.parse(sendbuf, Access::read, role.root_side, peer_count(comm));
  parse_or_in_place(spec.receive, recvbuf, Access::write, role.in_place_allowed, role.other_side,
                    0);
}

// Allgather and Alltoall: everybody has both buffers.
template <class Send, class Receive>
void prepare_all(Exchange<Send, Receive>& spec, PyObject* sendbuf, PyObject* recvbuf, MPI_Comm comm,
                 bool send_in_blocks) {
  if (comm == MPI_COMM_NULL) {
    return;
  }
  const int peers = peer_count(comm);
  parse_or_in_place(spec.receive, recvbuf, Access::write, false, 0, peers);
  parse_or_in_place(spec.send, sendbuf, Access::read, !is_intercommunicator(comm), 0,
                    send_in_blocks ? peers : 0);
}

template <class Send, class Receive>
void prepare_neighbors(Exchange<Send, Receive>& spec, PyObject* sendbuf, PyObject* recvbuf,
                       MPI_Comm comm, bool send_in_blocks) {
  if (comm == MPI_COMM_NULL) {
    return;
  }
  const Degrees degrees = neighbor_counts(comm);
  parse_or_in_place(spec.send, sendbuf, Access::read, false, 0, send_in_blocks ? degrees.out : 0);
  parse_or_in_place(spec.receive, recvbuf, Access::write, false, 0, degrees.in);
}

// One operation in one mode: prepares the buffers, calls MPI, and makes the request if any.
// `call(spec, invoke)` hands `invoke` MPI's arguments up to the communicator (and the info).
template <Mode mode, class Spec, auto Function, class Prepare, class Call>
auto run(Prepare prepare, Call call) {
  if constexpr (mode == Mode::blocking) {
    Spec spec;
    prepare(spec);
    call(spec, [](auto... values) { blocking(Function, values...); });
  } else {
    Kept<Spec> spec;
    prepare(*spec);
    using Kind = std::conditional_t<mode == Mode::persistent, Prequest, Request>;
    Ref object = new_handle<Kind>();
    Request& request = cast<Request>(object.get());
    call(*spec, [&](auto... values) { blocking(Function, values..., &request.ob_mpi); });
    hold(request, std::move(spec));
    return object;
  }
}

}  // namespace pylaunch::mpi
