// SPDX-License-Identifier: BSD-3-Clause
// Collective communication of buffers (MPI-4.0, chapter 6).
//
// Each operation is one template; `Function` is MPI's function for the mode, and persistent
// operations have an info argument more.
#include "collective_spec.hpp"

namespace pylaunch::mpi {
namespace {

void barrier(Comm& self) { blocking(MPI_Barrier, self.ob_mpi); }

Ref start_barrier(Comm& self) {
  Ref object = new_handle<Request>();
  blocking(MPI_Ibarrier, self.ob_mpi, &cast<Request>(object.get()).ob_mpi);
  return object;
}

template <Mode mode, auto Function, class... Extra>
auto bcast(Comm& self, PyObject* buf, Int<0> root, Extra... info) {
  return run<mode, BufferSpec, Function>(
      [&](auto& spec) { prepare_bcast(spec, buf, root, self.ob_mpi); },
      [&](auto& spec, auto invoke) {
        invoke(spec.address, spec.count, spec.datatype, root.value, self.ob_mpi, info.handle...);
      });
}

// ---- gather and scatter ------------------------------------------------------------------------

template <Mode mode, auto Function, class... Extra>
auto gather(Comm& self, PyObject* sendbuf, PyObject* recvbuf, Int<0> root, Extra... info) {
  return run<mode, Exchange<BufferSpec, BufferSpec>, Function>(
      [&](auto& spec) { prepare_gather(spec, sendbuf, recvbuf, root, self.ob_mpi); },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, spec.send.count, spec.send.datatype, spec.receive.address,
               spec.receive.count, spec.receive.datatype, root.value, self.ob_mpi, info.handle...);
      });
}

template <Mode mode, auto Function, class... Extra>
auto gatherv(Comm& self, PyObject* sendbuf, PyObject* recvbuf, Int<0> root, Extra... info) {
  return run<mode, Exchange<BufferSpec, VectorSpec>, Function>(
      [&](auto& spec) { prepare_gather(spec, sendbuf, recvbuf, root, self.ob_mpi); },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, spec.send.count, spec.send.datatype, spec.receive.address,
               data_or_null(spec.receive.counts), data_or_null(spec.receive.displacements),
               spec.receive.datatype, root.value, self.ob_mpi, info.handle...);
      });
}

template <Mode mode, auto Function, class... Extra>
auto scatter(Comm& self, PyObject* sendbuf, PyObject* recvbuf, Int<0> root, Extra... info) {
  return run<mode, Exchange<BufferSpec, BufferSpec>, Function>(
      [&](auto& spec) { prepare_scatter(spec, sendbuf, recvbuf, root, self.ob_mpi); },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, spec.send.count, spec.send.datatype, spec.receive.address,
               spec.receive.count, spec.receive.datatype, root.value, self.ob_mpi, info.handle...);
      });
}

template <Mode mode, auto Function, class... Extra>
auto scatterv(Comm& self, PyObject* sendbuf, PyObject* recvbuf, Int<0> root, Extra... info) {
  return run<mode, Exchange<VectorSpec, BufferSpec>, Function>(
      [&](auto& spec) { prepare_scatter(spec, sendbuf, recvbuf, root, self.ob_mpi); },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, data_or_null(spec.send.counts),
               data_or_null(spec.send.displacements), spec.send.datatype, spec.receive.address,
               spec.receive.count, spec.receive.datatype, root.value, self.ob_mpi, info.handle...);
      });
}

// ---- all to all, and its neighbourhood variants ------------------------------------------------

enum class Peers { group, neighbors };

template <Peers peers, bool send_in_blocks, class Spec>
void prepare(Spec& spec, PyObject* sendbuf, PyObject* recvbuf, MPI_Comm comm) {
  if constexpr (peers == Peers::group) {
    prepare_all(spec, sendbuf, recvbuf, comm, send_in_blocks);
  } else {
    prepare_neighbors(spec, sendbuf, recvbuf, comm, send_in_blocks);
  }
}

template <Mode mode, auto Function, Peers peers, class... Extra>
auto allgather(Comm& self, PyObject* sendbuf, PyObject* recvbuf, Extra... info) {
  return run<mode, Exchange<BufferSpec, BufferSpec>, Function>(
      [&](auto& spec) { prepare<peers, false>(spec, sendbuf, recvbuf, self.ob_mpi); },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, spec.send.count, spec.send.datatype, spec.receive.address,
               spec.receive.count, spec.receive.datatype, self.ob_mpi, info.handle...);
      });
}

template <Mode mode, auto Function, Peers peers, class... Extra>
auto allgatherv(Comm& self, PyObject* sendbuf, PyObject* recvbuf, Extra... info) {
  return run<mode, Exchange<BufferSpec, VectorSpec>, Function>(
      [&](auto& spec) { prepare<peers, false>(spec, sendbuf, recvbuf, self.ob_mpi); },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, spec.send.count, spec.send.datatype, spec.receive.address,
               data_or_null(spec.receive.counts), data_or_null(spec.receive.displacements),
               spec.receive.datatype, self.ob_mpi, info.handle...);
      });
}

template <Mode mode, auto Function, Peers peers, class... Extra>
auto alltoall(Comm& self, PyObject* sendbuf, PyObject* recvbuf, Extra... info) {
  return run<mode, Exchange<BufferSpec, BufferSpec>, Function>(
      [&](auto& spec) { prepare<peers, true>(spec, sendbuf, recvbuf, self.ob_mpi); },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, spec.send.count, spec.send.datatype, spec.receive.address,
               spec.receive.count, spec.receive.datatype, self.ob_mpi, info.handle...);
      });
}

template <Mode mode, auto Function, Peers peers, class... Extra>
auto alltoallv(Comm& self, PyObject* sendbuf, PyObject* recvbuf, Extra... info) {
  return run<mode, Exchange<VectorSpec, VectorSpec>, Function>(
      [&](auto& spec) { prepare<peers, true>(spec, sendbuf, recvbuf, self.ob_mpi); },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, data_or_null(spec.send.counts),
               data_or_null(spec.send.displacements), spec.send.datatype, spec.receive.address,
               data_or_null(spec.receive.counts), data_or_null(spec.receive.displacements),
               spec.receive.datatype, self.ob_mpi, info.handle...);
      });
}

template <Mode mode, auto Function, Peers peers, class... Extra>
auto alltoallw(Comm& self, PyObject* sendbuf, PyObject* recvbuf, Extra... info) {
  using Spec = std::conditional_t<peers == Peers::neighbors, NeighborVectorWSpec, VectorWSpec>;
  return run<mode, Exchange<Spec, Spec>, Function>(
      [&](auto& spec) { prepare<peers, true>(spec, sendbuf, recvbuf, self.ob_mpi); },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, data_or_null(spec.send.counts),
               data_or_null(spec.send.displacements), data_or_null(spec.send.datatypes),
               spec.receive.address, data_or_null(spec.receive.counts),
               data_or_null(spec.receive.displacements), data_or_null(spec.receive.datatypes),
               self.ob_mpi, info.handle...);
      });
}

// ---- tables ------------------------------------------------------------------------------------

#if MPI_VERSION >= 4
#define PYLAUNCH_PERSISTENT(...) __VA_ARGS__,
#else
#define PYLAUNCH_PERSISTENT(...)
#endif

// The three modes of an operation: `Name` and `name` are MPI's spelling with and without I.
#define PYLAUNCH_ROOTED(Name, name, body, doc, ...)                                                \
  method<#Name, &body<Mode::blocking, &PYLAUNCH_C(MPI_##Name)>, __VA_ARGS__, "root">(doc),         \
      method<"I" #name, &body<Mode::immediate, &PYLAUNCH_C(MPI_I##name)>, __VA_ARGS__, "root">(    \
          "Nonblocking: " doc),                                                                    \
      PYLAUNCH_PERSISTENT(                                                                         \
          method<#Name "_init",                                                                    \
                 &body<Mode::persistent, &PYLAUNCH_C(MPI_##Name##_init), InfoOrNull>, __VA_ARGS__, \
                 "root", "info">("Persistent: " doc))

#define PYLAUNCH_SYMMETRIC(Name, name, body, peers, doc)                                           \
  method<#Name, &body<Mode::blocking, &PYLAUNCH_C(MPI_##Name), peers>, "sendbuf", "recvbuf">(doc), \
      method<"I" #name, &body<Mode::immediate, &PYLAUNCH_C(MPI_I##name), peers>, "sendbuf",        \
             "recvbuf">("Nonblocking: " doc),                                                      \
      PYLAUNCH_PERSISTENT(                                                                         \
          method<#Name "_init",                                                                    \
                 &body<Mode::persistent, &PYLAUNCH_C(MPI_##Name##_init), peers, InfoOrNull>,       \
                 "sendbuf", "recvbuf", "info">("Persistent: " doc))

#if MPI_VERSION >= 4
Ref barrier_init(Comm& self, InfoOrNull info) {
  Ref object = new_handle<Prequest>();
  blocking(MPI_Barrier_init, self.ob_mpi, info.handle, &cast<Request>(object.get()).ob_mpi);
  return object;
}
#endif

}  // namespace

const std::vector<PyMethodDef>& collective_buffer_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Barrier", &barrier>("Barrier synchronization."),
      method<"Ibarrier", &start_barrier>("Nonblocking Barrier."),
      PYLAUNCH_PERSISTENT(method<"Barrier_init", &barrier_init, "info">("Persistent Barrier."))
          PYLAUNCH_ROOTED(Bcast, bcast, bcast, "Broadcast data from root to all other processes.",
                          "buf") PYLAUNCH_ROOTED(Gather, gather, gather,
                                                 "Gather data to one process from all.", "sendbuf",
                                                 "recvbuf")
              PYLAUNCH_ROOTED(Gatherv, gatherv, gatherv,
                              "Gather different amounts of data to one process from all.",
                              "sendbuf", "recvbuf")
                  PYLAUNCH_ROOTED(Scatter, scatter, scatter,
                                  "Scatter data from one process to all.", "sendbuf", "recvbuf")
                      PYLAUNCH_ROOTED(Scatterv, scatterv, scatterv,
                                      "Scatter different amounts of data from one process to all.",
                                      "sendbuf", "recvbuf")
                          PYLAUNCH_SYMMETRIC(Allgather, allgather, allgather, Peers::group,
                                             "Gather data from all processes to all processes.")
                              PYLAUNCH_SYMMETRIC(
                                  Allgatherv, allgatherv, allgatherv, Peers::group,
                                  "Gather different amounts of data from all processes to all.")
                                  PYLAUNCH_SYMMETRIC(Alltoall, alltoall, alltoall, Peers::group,
                                                     "Send a block of data to each process, and "
                                                     "receive one from each.")
                                      PYLAUNCH_SYMMETRIC(
                                          Alltoallv, alltoallv, alltoallv, Peers::group,
                                          "Send blocks of different sizes to each process.")
                                          PYLAUNCH_SYMMETRIC(Alltoallw, alltoallw, alltoallw,
                                                             Peers::group,
                                                             "Send blocks of different sizes and "
                                                             "datatypes to each process.")};
  return table;
}

const std::vector<PyMethodDef>& neighbor_buffer_methods() {
  static const std::vector<PyMethodDef> table{
      PYLAUNCH_SYMMETRIC(Neighbor_allgather, neighbor_allgather, allgather, Peers::neighbors,
                         "Gather data from all neighbors.")
          PYLAUNCH_SYMMETRIC(Neighbor_allgatherv, neighbor_allgatherv, allgatherv, Peers::neighbors,
                             "Gather different amounts of data from all neighbors.")
              PYLAUNCH_SYMMETRIC(Neighbor_alltoall, neighbor_alltoall, alltoall, Peers::neighbors,
                                 "Send a block of data to each neighbor.")
                  PYLAUNCH_SYMMETRIC(Neighbor_alltoallv, neighbor_alltoallv, alltoallv,
                                     Peers::neighbors,
                                     "Send blocks of different sizes to each neighbor.")
                      PYLAUNCH_SYMMETRIC(
                          Neighbor_alltoallw, neighbor_alltoallw, alltoallw, Peers::neighbors,
                          "Send blocks of different sizes and datatypes to each neighbor.")};
  return table;
}

}  // namespace pylaunch::mpi
