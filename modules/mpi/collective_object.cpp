// SPDX-License-Identifier: BSD-3-Clause
// Collective communication of pickled objects: sizes first, then the bytes.
#include "collective_object.hpp"

#include <cstring>
#include <numeric>

#include "comm_lock.hpp"
#include "object_message.hpp"
#include "topology.hpp"

namespace pylaunch::mpi {
namespace {

void barrier(Comm& self) { blocking(MPI_Barrier, self.ob_mpi); }

// ---- broadcast ---------------------------------------------------------------------------------

// The size and, when it is short, the stream itself: most broadcasts need just this.
struct BroadcastHeader {
  static constexpr long long kInlineBytes = 248;
  long long size = 0;
  char bytes[kInlineBytes];

  // A message in pieces is always longer.
  bool is_inline() const { return size <= kInlineBytes; }
};

struct Roles {
  bool sends;
  bool receives;
};
// `from_root`: the root has the data to send; else it collects.
Roles roles(MPI_Comm comm, int root, bool from_root) {
  if (is_intercommunicator(comm)) {
    const bool at_root = root == MPI_ROOT;
    const bool other_side = !at_root && root != MPI_PROC_NULL;
    return from_root ? Roles{at_root, other_side} : Roles{other_side, at_root};
  }
  const bool at_root = comm_rank(comm) == root;
  return from_root ? Roles{at_root, true} : Roles{true, at_root};
}

// The other group may be children of the program that run mpi4py itself: its protocol, the size and
// then the bytes.
Ref bcast_between_groups(MPI_Comm comm, PyObject* object, int root) {
  const Roles role = roles(comm, root, true);
  const Pickled sent = role.sends ? pickle_dump(object) : Pickled{};
  MPI_Count size = sent.size();
  blocking(MPI_Bcast, static_cast<void*>(&size), 1, MPI_COUNT, root, comm);
  Ref bytes = receive_buffer(role.receives ? static_cast<Py_ssize_t>(size) : 0);
  void* data = role.receives ? bytes_data(bytes) : const_cast<char*>(sent.data());
  blocking(PYLAUNCH_C(MPI_Bcast), data, static_cast<Count>(size), MPI_BYTE, root, comm);
  return role.receives ? pickle_load(bytes.get()) : Ref::borrow(Py_None);
}

Ref bcast(Comm& self, PyObject* object, Int<0> root) {
  const MPI_Comm comm = self.ob_mpi;
  const CommLock locked(comm, CommLock::bcast);
  if (is_intercommunicator(comm)) {
    return bcast_between_groups(comm, object, root);
  }
  const bool is_root = comm_rank(comm) == root;
  Ref bytes = is_root ? ObjectMessage::in_one_piece(object) : Ref();
  BroadcastHeader header;
  if (is_root) {
    header.size = PyBytes_GET_SIZE(bytes.get());
    if (header.is_inline()) {
      std::memcpy(header.bytes, bytes_data(bytes), static_cast<std::size_t>(header.size));
    }
  }
  blocking(MPI_Bcast, static_cast<void*>(&header), static_cast<int>(sizeof header), MPI_BYTE,
           root.value, comm);
  if (!is_root) {
    bytes = receive_buffer(static_cast<Py_ssize_t>(header.size));
  }
  if (!header.is_inline()) {
    blocking(PYLAUNCH_C(MPI_Bcast), static_cast<void*>(bytes_data(bytes)),
             static_cast<Count>(header.size), MPI_BYTE, root.value, comm);
  } else if (!is_root) {
    std::memcpy(bytes_data(bytes), header.bytes, static_cast<std::size_t>(header.size));
  }
  return pickle_load(bytes.get());
}

// ---- gather and scatter ------------------------------------------------------------------------

Displacements consecutive(const Counts& counts) {
  Displacements displacements(counts.size());
  for (std::size_t index = 1; index < counts.size(); ++index) {
    displacements[index] = displacements[index - 1] + static_cast<Displacement>(counts[index - 1]);
  }
  return displacements;
}

Ref receive_buffer_for(const Counts& counts) {
  return receive_buffer(
      static_cast<Py_ssize_t>(std::accumulate(counts.begin(), counts.end(), MPI_Count{0})));
}

Ref gather(Comm& self, PyObject* sendobj, Int<0> root) {
  const MPI_Comm comm = self.ob_mpi;
  const CommLock locked(comm, CommLock::gather);
  const Roles role = roles(comm, root, false);
  Counts counts(role.receives ? static_cast<std::size_t>(peer_count(comm)) : 0);
  const Pickled sent = role.sends ? pickle_dump(sendobj) : Pickled{};
  const Count size = sent.size();
  blocking(MPI_Gather, &size, 1, count_datatype(), counts.data(), 1, count_datatype(), root.value,
           comm);
  const Displacements displacements = consecutive(counts);
  Ref bytes = receive_buffer_for(counts);
  blocking(PYLAUNCH_C(MPI_Gatherv), sent.data(), size, MPI_BYTE, bytes_data(bytes),
           data_or_null(counts), data_or_null(displacements), MPI_BYTE, root.value, comm);
  return role.receives ? pickle_load_all(bytes.get(), counts, displacements) : Ref::borrow(Py_None);
}

Ref scatter(Comm& self, PyObject* sendobj, Int<0> root) {
  const MPI_Comm comm = self.ob_mpi;
  const CommLock locked(comm, CommLock::scatter);
  const Roles role = roles(comm, root, true);
  const PickledBlocks sent =
      role.sends ? pickle_dump_all(sendobj, peer_count(comm)) : PickledBlocks{};
  Count size = 0;
  blocking(MPI_Scatter, data_or_null(sent.counts), 1, count_datatype(), &size, 1, count_datatype(),
           root.value, comm);
  Ref bytes = receive_buffer(static_cast<Py_ssize_t>(size));
  blocking(PYLAUNCH_C(MPI_Scatterv), sent.data(), data_or_null(sent.counts),
           data_or_null(sent.displacements), MPI_BYTE, bytes_data(bytes), size, MPI_BYTE,
           root.value, comm);
  return role.receives ? pickle_load(bytes.get()) : Ref::borrow(Py_None);
}

// ---- all to all, and neighbours ----------------------------------------------------------------

template <auto ExchangeSizes, auto ExchangeBytes>
Ref gather_from(MPI_Comm comm, PyObject* sendobj, int sources) {
  const CommLock locked(comm, CommLock::allgather);
  Counts counts(static_cast<std::size_t>(sources));
  const Pickled sent = pickle_dump(sendobj);
  const Count size = sent.size();
  blocking(ExchangeSizes, &size, 1, count_datatype(), data_or_spare(counts), 1, count_datatype(),
           comm);
  const Displacements displacements = consecutive(counts);
  Ref bytes = receive_buffer_for(counts);
  blocking(ExchangeBytes, sent.data(), size, MPI_BYTE, bytes_data(bytes), data_or_spare(counts),
           data_or_spare(displacements), MPI_BYTE, comm);
  return pickle_load_all(bytes.get(), counts, displacements);
}

template <auto ExchangeSizes, auto ExchangeBytes>
Ref exchange_with(MPI_Comm comm, PyObject* sendobj, int destinations, int sources) {
  const CommLock locked(comm, CommLock::alltoall);
  Counts counts(static_cast<std::size_t>(sources));
  const PickledBlocks sent = pickle_dump_all(sendobj, destinations);
  blocking(ExchangeSizes, data_or_spare(sent.counts), 1, count_datatype(), data_or_spare(counts), 1,
           count_datatype(), comm);
  const Displacements displacements = consecutive(counts);
  Ref bytes = receive_buffer_for(counts);
  blocking(ExchangeBytes, sent.data(), data_or_spare(sent.counts),
           data_or_spare(sent.displacements), MPI_BYTE, bytes_data(bytes), data_or_spare(counts),
           data_or_spare(displacements), MPI_BYTE, comm);
  return pickle_load_all(bytes.get(), counts, displacements);
}

Ref allgather(Comm& self, PyObject* sendobj) { return allgather_objects(self.ob_mpi, sendobj); }

Ref alltoall(Comm& self, PyObject* sendobj) {
  const int peers = peer_count(self.ob_mpi);
  return exchange_with<&MPI_Alltoall, &PYLAUNCH_C(MPI_Alltoallv)>(self.ob_mpi, sendobj, peers,
                                                                  peers);
}

Ref neighbor_allgather(Comm& self, PyObject* sendobj) {
  const Degrees degrees = neighbor_counts(self.ob_mpi);
  return gather_from<&MPI_Neighbor_allgather, &PYLAUNCH_C(MPI_Neighbor_allgatherv)>(
      self.ob_mpi, sendobj, degrees.in);
}

Ref neighbor_alltoall(Comm& self, PyObject* sendobj) {
  const Degrees degrees = neighbor_counts(self.ob_mpi);
  return exchange_with<&MPI_Neighbor_alltoall, &PYLAUNCH_C(MPI_Neighbor_alltoallv)>(
      self.ob_mpi, sendobj, degrees.out, degrees.in);
}

}  // namespace

Ref allgather_objects(MPI_Comm comm, PyObject* object) {
  return gather_from<&MPI_Allgather, &PYLAUNCH_C(MPI_Allgatherv)>(comm, object, peer_count(comm));
}

Ref gather_objects(Comm& comm, PyObject* object, int root) { return gather(comm, object, {root}); }
Ref scatter_objects(Comm& comm, PyObject* objects, int root) {
  return scatter(comm, objects, {root});
}

Ref broadcast_object(MPI_Comm comm, PyObject* object, int root) {
  Comm handle{};
  handle.ob_mpi = comm;
  return bcast(handle, object, {root});
}

const std::vector<PyMethodDef>& collective_object_methods() {
  static const std::vector<PyMethodDef> table = [] {
    std::vector<PyMethodDef> methods{
        method<"barrier", &barrier>("Barrier synchronization."),
        method<"bcast", &bcast, "obj", "root">("Broadcast."),
        method<"gather", &gather, "sendobj", "root">(
            "Gather: a list of one object from each rank at root, None elsewhere."),
        method<"scatter", &scatter, "sendobj", "root">(
            "Scatter: root's sequence has one object for each rank."),
        method<"allgather", &allgather, "sendobj">("Gather to All."),
        method<"alltoall", &alltoall, "sendobj">(
            "All to All Scatter/Gather: one object for each rank."),
    };
    const auto& reductions = reduction_object_methods();
    methods.insert(methods.end(), reductions.begin(), reductions.end());
    return methods;
  }();
  return table;
}

const std::vector<PyMethodDef>& neighbor_object_methods() {
  static const std::vector<PyMethodDef> table{
      method<"neighbor_allgather", &neighbor_allgather, "sendobj">("Neighbor Gather to All."),
      method<"neighbor_alltoall", &neighbor_alltoall, "sendobj">(
          "Neighbor All to All Scatter/Gather."),
  };
  return table;
}

}  // namespace pylaunch::mpi
