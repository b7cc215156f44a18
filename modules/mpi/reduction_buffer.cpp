// SPDX-License-Identifier: BSD-3-Clause
// Reductions of buffers (MPI-4.0, sections 6.9 to 6.11).
#include "collective_spec.hpp"

namespace pylaunch::mpi {
namespace {

template <Mode mode, auto Function, class... Extra>
auto reduce(Comm& self, PyObject* sendbuf, PyObject* recvbuf, OpOrSum op, Int<0> root,
            Extra... info) {
  return run<mode, Reduction, Function>(
      [&](auto& spec) {
        prepare_reduce(spec, sendbuf, recvbuf, root, self.ob_mpi);
        spec.op.begin(op.object);
      },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, spec.receive.address, spec.receive.count, spec.receive.datatype,
               op.handle, root.value, self.ob_mpi, info.handle...);
      });
}

using PrepareReduction = void (*)(Reduction&, PyObject*, PyObject*, MPI_Comm);

// Allreduce, Scan, Exscan and Reduce_scatter_block have the same arguments.
template <Mode mode, auto Function, PrepareReduction prepare, class... Extra>
auto reduce_all(Comm& self, PyObject* sendbuf, PyObject* recvbuf, OpOrSum op, Extra... info) {
  return run<mode, Reduction, Function>(
      [&](auto& spec) {
        prepare(spec, sendbuf, recvbuf, self.ob_mpi);
        spec.op.begin(op.object);
      },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, spec.receive.address, spec.receive.count, spec.receive.datatype,
               op.handle, self.ob_mpi, info.handle...);
      });
}

template <Mode mode, auto Function, class... Extra>
auto reduce_scatter(Comm& self, PyObject* sendbuf, PyObject* recvbuf, Optional recvcounts,
                    OpOrSum op, Extra... info) {
  return run<mode, Reduction, Function>(
      [&](auto& spec) {
        prepare_reduce_scatter(spec, sendbuf, recvbuf, recvcounts, self.ob_mpi);
        spec.op.begin(op.object);
      },
      [&](auto& spec, auto invoke) {
        invoke(spec.send.address, spec.receive.address, data_or_null(spec.counts),
               spec.receive.datatype, op.handle, self.ob_mpi, info.handle...);
      });
}

#if MPI_VERSION >= 4
#define PYLAUNCH_PERSISTENT(...) __VA_ARGS__,
#else
#define PYLAUNCH_PERSISTENT(...)
#endif

#define PYLAUNCH_REDUCE_ALL(Name, name, prepare, doc)                                              \
  method<#Name, &reduce_all<Mode::blocking, &PYLAUNCH_C(MPI_##Name), &prepare>, "sendbuf",         \
         "recvbuf", "op">(doc),                                                                    \
      method<"I" #name, &reduce_all<Mode::immediate, &PYLAUNCH_C(MPI_I##name), &prepare>,          \
             "sendbuf", "recvbuf", "op">("Nonblocking: " doc),                                     \
      PYLAUNCH_PERSISTENT(                                                                         \
          method<                                                                                  \
              #Name "_init",                                                                       \
              &reduce_all<Mode::persistent, &PYLAUNCH_C(MPI_##Name##_init), &prepare, InfoOrNull>, \
              "sendbuf", "recvbuf", "op", "info">("Persistent: " doc))

// Reduce and Reduce_scatter, each with its one more argument.
#define PYLAUNCH_REDUCE(Name, name, doc, ...)                                                    \
  method<#Name, &name<Mode::blocking, &PYLAUNCH_C(MPI_##Name)>, "sendbuf", "recvbuf",            \
         __VA_ARGS__>(doc),                                                                      \
      method<"I" #name, &name<Mode::immediate, &PYLAUNCH_C(MPI_I##name)>, "sendbuf", "recvbuf",  \
             __VA_ARGS__>("Nonblocking: " doc),                                                  \
      PYLAUNCH_PERSISTENT(                                                                       \
          method<#Name "_init",                                                                  \
                 &name<Mode::persistent, &PYLAUNCH_C(MPI_##Name##_init), InfoOrNull>, "sendbuf", \
                 "recvbuf", __VA_ARGS__, "info">("Persistent: " doc))

}  // namespace

const std::vector<PyMethodDef>& reduction_buffer_methods() {
  static const std::vector<PyMethodDef> table{
      PYLAUNCH_REDUCE(Reduce, reduce, "Reduce to Root.", "op", "root") PYLAUNCH_REDUCE(
          Reduce_scatter, reduce_scatter, "Reduce-Scatter (vector version).", "recvcounts", "op")
          PYLAUNCH_REDUCE_ALL(Allreduce, allreduce, prepare_allreduce, "Reduce to All.")
              PYLAUNCH_REDUCE_ALL(Reduce_scatter_block, reduce_scatter_block,
                                  prepare_reduce_scatter_block,
                                  "Reduce-Scatter Block (regular, non-vector version).")};
  return table;
}

const std::vector<PyMethodDef>& scan_buffer_methods() {
  static const std::vector<PyMethodDef> table{
      PYLAUNCH_REDUCE_ALL(Scan, scan, prepare_scan, "Inclusive Scan.")
          PYLAUNCH_REDUCE_ALL(Exscan, exscan, prepare_scan, "Exclusive Scan.")};
  return table;
}

}  // namespace pylaunch::mpi
