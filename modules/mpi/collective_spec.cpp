// SPDX-License-Identifier: BSD-3-Clause
#include "collective_spec.hpp"

#include <numeric>

namespace pylaunch::mpi {

RootRole root_role(MPI_Comm comm, int root) {
  if (is_intercommunicator(comm)) {
    const bool root_group = root == MPI_ROOT || root == MPI_PROC_NULL;
    return {!root_group, root == MPI_ROOT, root_group ? root : MPI_PROC_NULL,
            root_group ? MPI_PROC_NULL : root, false};
  }
  const bool is_root = root == comm_rank(comm);
  return {true, is_root, is_root ? root : MPI_PROC_NULL, is_root ? 0 : root, is_root};
}

void prepare_bcast(BufferSpec& spec, PyObject* argument, int root, MPI_Comm comm) {
  if (comm == MPI_COMM_NULL) {
    return;
  }
  const bool sends = is_intercommunicator(comm) ? root == MPI_ROOT || root == MPI_PROC_NULL
                                                : root == comm_rank(comm);
  spec.parse(argument, sends ? Access::read : Access::write, root);
}

void Reduction::require_matching_types() const {
  if (send.datatype != receive.datatype) {
    fail(PyExc_ValueError, "mismatch in send and receive MPI datatypes");
  }
}

void Reduction::require_matching() const {
  require_matching_types();
  if (send.count != receive.count) {
    fail(PyExc_ValueError, "mismatch in send count %lld and receive count %lld",
         static_cast<long long>(send.count), static_cast<long long>(receive.count));
  }
}

namespace {

// Both buffers on every process, IN_PLACE for the one that is sent where `in_place_allowed`.
void prepare_pair(Reduction& spec, PyObject* sendbuf, PyObject* recvbuf, bool in_place_allowed) {
  spec.receive.parse(recvbuf, Access::write, 0);
  if (in_place_allowed && is_in_place(sendbuf)) {
    spec.send.set_in_place();
    return;
  }
  spec.send.parse(sendbuf, Access::read, 0);
  spec.require_matching();
}

void copy_shape(BufferSpec& to, const BufferSpec& from) {
  to.count = from.count;
  to.datatype = from.datatype;
}

}  // namespace

void prepare_reduce(Reduction& spec, PyObject* sendbuf, PyObject* recvbuf, int root,
                    MPI_Comm comm) {
  if (comm == MPI_COMM_NULL) {
    return;
  }
  if (is_intercommunicator(comm)) {
    if (root == MPI_ROOT || root == MPI_PROC_NULL) {
      // Not significant here, but MPICH refuses a null pointer.
      static char nothing = 0;
      spec.receive.parse(recvbuf, Access::write, root);
      spec.send.address = &nothing;
    } else {
      spec.send.parse(sendbuf, Access::read, root);
      copy_shape(spec.receive, spec.send);
    }
  } else if (root == comm_rank(comm)) {
    prepare_pair(spec, sendbuf, recvbuf, true);
  } else {
    spec.send.parse(sendbuf, Access::read, root);
    copy_shape(spec.receive, spec.send);
  }
}

void prepare_allreduce(Reduction& spec, PyObject* sendbuf, PyObject* recvbuf, MPI_Comm comm) {
  if (comm != MPI_COMM_NULL) {
    prepare_pair(spec, sendbuf, recvbuf, !is_intercommunicator(comm));
  }
}

void prepare_scan(Reduction& spec, PyObject* sendbuf, PyObject* recvbuf, MPI_Comm comm) {
  if (comm != MPI_COMM_NULL) {
    prepare_pair(spec, sendbuf, recvbuf, true);
  }
}

void prepare_reduce_scatter_block(Reduction& spec, PyObject* sendbuf, PyObject* recvbuf,
                                  MPI_Comm comm) {
  if (comm == MPI_COMM_NULL) {
    return;
  }
  const int size = comm_size(comm);
  if (!is_intercommunicator(comm) && is_in_place(sendbuf)) {
    spec.receive.parse(recvbuf, Access::write, 0, size);
    spec.send.set_in_place();
    return;
  }
  spec.receive.parse(recvbuf, Access::write, 0);
  spec.send.parse(sendbuf, Access::read, 0, size);
  spec.require_matching();
}

namespace {

[[noreturn]] void fail_counts(const char* what, Count got, Count expected) {
  fail(PyExc_ValueError, "mismatch in %s: %lld, but recvcounts say %lld", what,
       static_cast<long long>(got), static_cast<long long>(expected));
}

// The receive counts of all processes: as given, or asked from everybody.
Counts receive_counts(const Reduction& spec, PyObject* recvcounts, bool gather, MPI_Comm comm) {
  const auto size = static_cast<std::size_t>(comm_size(comm));
  if (recvcounts != Py_None || !gather) {
    return integers<Count>(recvcounts, size);
  }
  Counts counts(size);
  blocking(MPI_Allgather, &spec.receive.count, 1, count_datatype(), counts.data(), 1,
           count_datatype(), comm);
  return counts;
}

}  // namespace

void prepare_reduce_scatter(Reduction& spec, PyObject* sendbuf, PyObject* recvbuf,
                            PyObject* recvcounts, MPI_Comm comm) {
  if (comm == MPI_COMM_NULL) {
    return;
  }
  const bool inter = is_intercommunicator(comm);
  const bool in_place = !inter && is_in_place(sendbuf);
  spec.receive.parse(recvbuf, Access::write, 0);
  if (in_place) {
    spec.send.set_in_place();
  } else {
    spec.send.parse(sendbuf, Access::read, 0);
  }
  spec.counts = receive_counts(spec, recvcounts, !inter && !in_place, comm);
  const Count total = std::accumulate(spec.counts.begin(), spec.counts.end(), Count{0});
  if (in_place) {
    if (spec.receive.count != total) {
      fail_counts("the receive count", spec.receive.count, total);
    }
    return;
  }
  spec.require_matching_types();
  const Count mine = spec.counts[static_cast<std::size_t>(comm_rank(comm))];
  if (spec.send.count != total) {
    fail_counts("the send count", spec.send.count, total);
  }
  if (spec.receive.count != mine) {
    fail_counts("the receive count", spec.receive.count, mine);
  }
}

}  // namespace pylaunch::mpi
