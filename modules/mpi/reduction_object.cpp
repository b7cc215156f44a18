// SPDX-License-Identifier: BSD-3-Clause
// Reductions of Python objects with an Op or any callable.
//
// The order of operations is mpi4py's (a binomial tree rooted at rank 0; recursive doubling for
// scans), so that floating point results are the same to the last bit.
#include "collective_object.hpp"
#include "comm_context.hpp"
#include "module.hpp"
#include "op.hpp"
#include "probe.hpp"
#include "reduction_numbers.hpp"

namespace pylaunch::mpi {
namespace {

[[noreturn]] void fail_root(MPI_Comm comm) {
  MPI_Comm_call_errhandler(comm, MPI_ERR_ROOT);
  raise_mpi_error(MPI_ERR_ROOT);
}

// What the other processes of a tree would get: a copy that went through pickle.
Ref copy_of(PyObject* object) { return pickle_load(pickle_dump(object).bytes.get()); }

// ---- messages of the tree ----------------------------------------------------------------------

void send_pickled(PyObject* object, int dest, int tag, MPI_Comm comm) {
  const Pickled message = pickle_dump(object);
  blocking(PYLAUNCH_C(MPI_Send), message.data(), message.size(), MPI_BYTE, dest, tag, comm);
}

Ref receive_pickled(int source, int tag, MPI_Comm comm) {
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status{};
  Count size = 0;
  blocking(matched_probe, source, tag, comm, &message, &status);
  check(PYLAUNCH_C(MPI_Get_count)(&status, MPI_BYTE, &size));
  Ref bytes = receive_buffer(static_cast<Py_ssize_t>(size));
  blocking(PYLAUNCH_C(MPI_Mrecv), bytes_data(bytes), size, MPI_BYTE, &message, MPI_STATUS_IGNORE);
  return pickle_load(bytes.get());
}

Ref exchange(PyObject* object, int peer, int tag, MPI_Comm comm) {
  const Pickled message = pickle_dump(object);
  MPI_Request request = MPI_REQUEST_NULL;
  blocking(PYLAUNCH_C(MPI_Isend), message.data(), message.size(), MPI_BYTE, peer, tag, comm,
           &request);
  Ref received = receive_pickled(peer, tag, comm);
  blocking(MPI_Wait, &request, MPI_STATUS_IGNORE);
  return received;
}

// ---- trees -------------------------------------------------------------------------------------

Ref reduce_tree(PyObject* object, PyObject* op, int root, MPI_Comm comm, int tag) {
  const int size = comm_size(comm);
  const int rank = comm_rank(comm);
  if (root < 0 || root >= size) {
    fail_root(comm);
  }
  Ref result = copy_of(object);
  for (int step = 1; step < size; step *= 2) {
    if ((rank & step) != 0) {
      send_pickled(result.get(), rank - step, tag, comm);
      break;
    }
    if (rank + step < size) {
      Ref other = receive_pickled(rank + step, tag, comm);
      result = apply_function(op, result.get(), other.get());
    }
  }
  if (root != 0 && rank == 0) {
    send_pickled(result.get(), root, tag, comm);
  } else if (root != 0 && rank == root) {
    result = receive_pickled(0, tag, comm);
  }
  return rank == root ? std::move(result) : Ref::borrow(Py_None);
}

Ref scan_doubling(PyObject* object, PyObject* op, MPI_Comm comm, int tag, bool exclusive) {
  const int size = comm_size(comm);
  const int rank = comm_rank(comm);
  Ref result = copy_of(object);
  Ref partial = Ref::borrow(result.get());
  bool has_result = !exclusive;
  for (int step = 1; step < size; step *= 2) {
    const int peer = rank ^ step;
    if (peer >= size) {
      continue;
    }
    Ref other = exchange(partial.get(), peer, tag, comm);
    if (rank > peer) {
      partial = apply_function(op, other.get(), partial.get());
      result =
          has_result ? apply_function(op, other.get(), result.get()) : Ref::borrow(other.get());
      has_result = true;
    } else {
      partial = apply_function(op, partial.get(), other.get());
    }
  }
  return exclusive && rank == 0 ? Ref::borrow(Py_None) : std::move(result);
}

// ---- all data in one place, when mpi4py.rc.fast_reduce is off ----------------------------------

Ref reduce_list(PyObject* list, PyObject* op) {
  if (list == Py_None) {
    return Ref::borrow(Py_None);
  }
  Ref result = Ref::borrow(PyList_GET_ITEM(list, 0));
  for (Py_ssize_t index = 1; index < PyList_GET_SIZE(list); ++index) {
    result = apply_function(op, result.get(), PyList_GET_ITEM(list, index));
  }
  return result;
}

Ref scan_naive(Comm& self, PyObject* object, PyObject* op, bool exclusive) {
  Ref list = gather_objects(self, object, 0);
  if (list.get() != Py_None) {
    for (Py_ssize_t index = 1; index < PyList_GET_SIZE(list.get()); ++index) {
      Ref next = apply_function(op, PyList_GET_ITEM(list.get(), index - 1),
                                PyList_GET_ITEM(list.get(), index));
      succeed(PyList_SetItem(list.get(), index, next.release()));
    }
    if (exclusive) {
      succeed(PyList_Insert(list.get(), 0, Py_None));
      const Py_ssize_t size = PyList_GET_SIZE(list.get());
      succeed(PyList_SetSlice(list.get(), size - 1, size, nullptr));
    }
  }
  return scatter_objects(self, list.get(), 0);
}

// ---- methods -----------------------------------------------------------------------------------

PyObject* op_or_sum(Optional op) { return op.is_none() ? sum_object() : op.object; }

Ref reduce_between_groups(PyObject* object, PyObject* op, int root, MPI_Comm comm) {
  CommContext& context = comm_context(comm);
  const int tag = context.take_tag();
  if (root == MPI_ROOT) {
    return receive_pickled(0, tag, context.duplicate);
  }
  if (root == MPI_PROC_NULL) {
    return Ref::borrow(Py_None);
  }
  if (root < 0 || root >= peer_count(comm)) {
    fail_root(comm);
  }
  Ref result = reduce_tree(object, op, 0, context.local, tag);
  if (comm_rank(comm) == 0) {
    send_pickled(result.get(), root, tag, context.duplicate);
  }
  return Ref::borrow(Py_None);
}

Ref reduce(Comm& self, PyObject* sendobj, Optional operation, Int<0> root) {
  PyObject* op = op_or_sum(operation);
  const MPI_Comm comm = self.ob_mpi;
  if (!options().fast_reduce) {
    Ref list = gather_objects(self, sendobj, root);
    return reduce_list(list.get(), op);
  }
  if (is_intercommunicator(comm)) {
    return reduce_between_groups(sendobj, op, root, comm);
  }
  const int size = comm_size(comm);
  if (root < 0 || root >= size) {
    fail_root(comm);
  }
  Ref result = reduce_numbers(sendobj, op, comm);
  if (result) {
    return comm_rank(comm) == root ? std::move(result) : Ref::borrow(Py_None);
  }
  CommContext& context = comm_context(comm);
  return reduce_tree(sendobj, op, root, context.duplicate, context.take_tag());
}

Ref allreduce(Comm& self, PyObject* sendobj, Optional operation) {
  PyObject* op = op_or_sum(operation);
  const MPI_Comm comm = self.ob_mpi;
  if (!options().fast_reduce) {
    Ref list = allgather_objects(comm, sendobj);
    return reduce_list(list.get(), op);
  }
  if (is_intercommunicator(comm)) {
    CommContext& context = comm_context(comm);
    const int tag = context.take_tag();
    Ref result = reduce_tree(sendobj, op, 0, context.local, tag);
    if (comm_rank(comm) == 0) {
      result = exchange(result.get(), 0, tag, context.duplicate);
    }
    return broadcast_object(context.local, result.get(), 0);
  }
  Ref result = reduce_numbers(sendobj, op, comm);
  if (result) {
    return result;
  }
  CommContext& context = comm_context(comm);
  result = reduce_tree(sendobj, op, 0, context.duplicate, context.take_tag());
  return broadcast_object(context.duplicate, result.get(), 0);
}

template <bool exclusive>
Ref scan(Comm& self, PyObject* sendobj, Optional operation) {
  PyObject* op = op_or_sum(operation);
  if (!options().fast_reduce) {
    return scan_naive(self, sendobj, op, exclusive);
  }
  CommContext& context = comm_context(self.ob_mpi);
  return scan_doubling(sendobj, op, context.duplicate, context.take_tag(), exclusive);
}

}  // namespace

const std::vector<PyMethodDef>& reduction_object_methods() {
  static const std::vector<PyMethodDef> table{
      method<"reduce", &reduce, "sendobj", "op", "root">(
          "Reduce to Root with an Op or a callable of two objects."),
      method<"allreduce", &allreduce, "sendobj", "op">(
          "Reduce to All with an Op or a callable of two objects."),
  };
  return table;
}

const std::vector<PyMethodDef>& scan_object_methods() {
  static const std::vector<PyMethodDef> table{
      method<"scan", &scan<false>, "sendobj", "op">("Inclusive Scan."),
      method<"exscan", &scan<true>, "sendobj", "op">("Exclusive Scan; None at rank 0."),
  };
  return table;
}

}  // namespace pylaunch::mpi
