// SPDX-License-Identifier: BSD-3-Clause
// One-sided data movement (MPI-4.0, sections 12.3).
#include "rma.hpp"

#include "message_spec.hpp"
#include "request.hpp"

namespace pylaunch::mpi {
namespace {

// Local buffers and the place in the target's window.
struct Transfer {
  BufferSpec origin;
  BufferSpec compare;
  BufferSpec result;
  MPI_Aint target_displacement = 0;
  Count target_count = 0;
  MPI_Datatype target_type = MPI_BYTE;

  void set_origin(PyObject* argument, Access access, int rank, PyObject* target);
  void require_single(const BufferSpec& spec, const char* name, int rank) const;
};

// `target`: None, a displacement, or [displacement, count, datatype]; what is missing is the
// origin's.
void Transfer::set_origin(PyObject* argument, Access access, int rank, PyObject* target) {
  origin.parse(argument, access, rank);
  const bool is_list = PyList_Check(argument) || PyTuple_Check(argument);
  if (rank == MPI_PROC_NULL && is_list && PySequence_Fast_GET_SIZE(argument) > 0) {
    PyObject* last = PySequence_Fast_GET_ITEM(argument, PySequence_Fast_GET_SIZE(argument) - 1);
    if (names_datatype(last)) {
      origin.datatype = datatype_argument(last);
    }
  }
  target_count = origin.count;
  target_type = origin.datatype;
  if (target == Py_None) {
    return;
  }
  if (is_integral(target)) {
    target_displacement = Argument<MPI_Aint>::from(target);
    return;
  }
  if (!PyList_Check(target) && !PyTuple_Check(target)) {
    fail(PyExc_ValueError, "target: expecting integral or list/tuple, got %.200s",
         Py_TYPE(target)->tp_name);
  }
  const Py_ssize_t size = PySequence_Fast_GET_SIZE(target);
  if (size > 3) {
    fail(PyExc_ValueError, "target: expecting 3 items at most, got %zd", size);
  }
  if (size >= 1) {
    target_displacement = exact<MPI_Aint>(PySequence_Fast_GET_ITEM(target, 0));
  }
  if (size >= 2) {
    target_count = exact<Count>(PySequence_Fast_GET_ITEM(target, 1));
  }
  if (size == 3) {
    target_type = datatype_argument(PySequence_Fast_GET_ITEM(target, 2));
  }
}

void Transfer::require_single(const BufferSpec& spec, const char* name, int rank) const {
  if (rank == MPI_PROC_NULL) {
    return;
  }
  if (spec.count != 1) {
    fail(PyExc_ValueError, "%s: expecting a single element, got %lld", name,
         static_cast<long long>(spec.count));
  }
  if (spec.datatype != origin.datatype) {
    fail(PyExc_ValueError, "mismatch in origin and %s MPI datatypes", name);
  }
}

// ---- blocking until the local buffer may be used again -----------------------------------------

template <auto Function, Access access>
void move(Win& self, PyObject* origin, int target_rank, Optional target) {
  Transfer spec;
  spec.set_origin(origin, access, target_rank, target);
  blocking(Function, spec.origin.address, spec.origin.count, spec.origin.datatype, target_rank,
           spec.target_displacement, spec.target_count, spec.target_type, self.ob_mpi);
}

void accumulate(Win& self, PyObject* origin, int target_rank, Optional target, OpOrSum op) {
  Transfer spec;
  spec.set_origin(origin, Access::read, target_rank, target);
  blocking(PYLAUNCH_C(MPI_Accumulate), spec.origin.address, spec.origin.count, spec.origin.datatype,
           target_rank, spec.target_displacement, spec.target_count, spec.target_type, op.handle,
           self.ob_mpi);
}

void get_accumulate(Win& self, PyObject* origin, PyObject* result, int target_rank, Optional target,
                    OpOrSum op) {
  Transfer spec;
  spec.set_origin(origin, Access::read, target_rank, target);
  spec.result.parse(result, Access::write, target_rank);
  blocking(PYLAUNCH_C(MPI_Get_accumulate), spec.origin.address, spec.origin.count,
           spec.origin.datatype, spec.result.address, spec.result.count, spec.result.datatype,
           target_rank, spec.target_displacement, spec.target_count, spec.target_type, op.handle,
           self.ob_mpi);
}

void fetch_and_op(Win& self, PyObject* origin, PyObject* result, int target_rank,
                  Int<MPI_Aint{0}> target_disp, OpOrSum op) {
  Transfer spec;
  spec.set_origin(origin, Access::read, target_rank, Py_None);
  spec.result.parse(result, Access::write, target_rank);
  spec.require_single(spec.origin, "origin", target_rank);
  spec.require_single(spec.result, "result", target_rank);
  blocking(MPI_Fetch_and_op, spec.origin.address, spec.result.address, spec.origin.datatype,
           target_rank, target_disp.value, op.handle, self.ob_mpi);
}

void compare_and_swap(Win& self, PyObject* origin, PyObject* compare, PyObject* result,
                      int target_rank, Int<MPI_Aint{0}> target_disp) {
  Transfer spec;
  spec.set_origin(origin, Access::read, target_rank, Py_None);
  spec.compare.parse(compare, Access::read, target_rank);
  spec.result.parse(result, Access::write, target_rank);
  spec.require_single(spec.origin, "origin", target_rank);
  spec.require_single(spec.compare, "compare", target_rank);
  spec.require_single(spec.result, "result", target_rank);
  blocking(MPI_Compare_and_swap, spec.origin.address, spec.compare.address, spec.result.address,
           spec.origin.datatype, target_rank, target_disp.value, self.ob_mpi);
}

// ---- with a request ----------------------------------------------------------------------------

template <class Prepare, class Call>
Ref start(Prepare prepare, Call call) {
  Kept<Transfer> spec;
  prepare(*spec);
  Ref object = new_handle<Request>();
  Request& request = cast<Request>(object.get());
  call(*spec, &request.ob_mpi);
  hold(request, std::move(spec));
  return object;
}

template <auto Function, Access access>
Ref start_move(Win& self, PyObject* origin, int target_rank, Optional target) {
  return start([&](Transfer& spec) { spec.set_origin(origin, access, target_rank, target); },
               [&](Transfer& spec, MPI_Request* request) {
                 blocking(Function, spec.origin.address, spec.origin.count, spec.origin.datatype,
                          target_rank, spec.target_displacement, spec.target_count,
                          spec.target_type, self.ob_mpi, request);
               });
}

Ref start_accumulate(Win& self, PyObject* origin, int target_rank, Optional target, OpOrSum op) {
  return start([&](Transfer& spec) { spec.set_origin(origin, Access::read, target_rank, target); },
               [&](Transfer& spec, MPI_Request* request) {
                 blocking(PYLAUNCH_C(MPI_Raccumulate), spec.origin.address, spec.origin.count,
                          spec.origin.datatype, target_rank, spec.target_displacement,
                          spec.target_count, spec.target_type, op.handle, self.ob_mpi, request);
               });
}

Ref start_get_accumulate(Win& self, PyObject* origin, PyObject* result, int target_rank,
                         Optional target, OpOrSum op) {
  return start(
      [&](Transfer& spec) {
        spec.set_origin(origin, Access::read, target_rank, target);
        spec.result.parse(result, Access::write, target_rank);
      },
      [&](Transfer& spec, MPI_Request* request) {
        blocking(PYLAUNCH_C(MPI_Rget_accumulate), spec.origin.address, spec.origin.count,
                 spec.origin.datatype, spec.result.address, spec.result.count, spec.result.datatype,
                 target_rank, spec.target_displacement, spec.target_count, spec.target_type,
                 op.handle, self.ob_mpi, request);
      });
}

}  // namespace

const std::vector<PyMethodDef>& rma_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Put", &move<&PYLAUNCH_C(MPI_Put), Access::read>, "origin", "target_rank", "target">(
          "Put data into a memory window on a remote process."),
      method<"Get", &move<&PYLAUNCH_C(MPI_Get), Access::write>, "origin", "target_rank", "target">(
          "Get data from a memory window on a remote process."),
      method<"Accumulate", &accumulate, "origin", "target_rank", "target", "op">(
          "Accumulate data into the target process."),
      method<"Get_accumulate", &get_accumulate, "origin", "result", "target_rank", "target", "op">(
          "Fetch-and-accumulate data into the target process."),
      method<"Fetch_and_op", &fetch_and_op, "origin", "result", "target_rank", "target_disp", "op">(
          "Perform one-sided read-modify-write."),
      method<"Compare_and_swap", &compare_and_swap, "origin", "compare", "result", "target_rank",
             "target_disp">("Perform one-sided atomic compare-and-swap."),
      method<"Rput", &start_move<&PYLAUNCH_C(MPI_Rput), Access::read>, "origin", "target_rank",
             "target">("Put data into a memory window on a remote process."),
      method<"Rget", &start_move<&PYLAUNCH_C(MPI_Rget), Access::write>, "origin", "target_rank",
             "target">("Get data from a memory window on a remote process."),
      method<"Raccumulate", &start_accumulate, "origin", "target_rank", "target", "op">(
          "Accumulate data into the target process."),
      method<"Rget_accumulate", &start_get_accumulate, "origin", "result", "target_rank", "target",
             "op">("Fetch-and-accumulate data into the target process."),
  };
  return table;
}

}  // namespace pylaunch::mpi
