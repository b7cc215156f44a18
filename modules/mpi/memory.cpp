// SPDX-License-Identifier: BSD-3-Clause
// Memory for MPI, and addresses: functions of the module.
#include "buffer.hpp"
#include "message_spec.hpp"
#include "module.hpp"
#include "special.hpp"

namespace pylaunch::mpi {

namespace {

Ref alloc_mem(NoSelf, MPI_Aint size, InfoOrNull info) {
  void* base = nullptr;
  check(MPI_Alloc_mem(size, info, &base));
  return buffer_over(base, size);
}

void free_mem(NoSelf, PyObject* memory) {
  const Py_buffer& view = buffer_view(memory);
  check(MPI_Free_mem(view.buf));
  release_buffer(memory);
}

long get_address(NoSelf, PyObject* location) {
  BufferView view;
  void* base = MPI_BOTTOM;
  if (!is_bottom(location)) {
    view.acquire_contiguous(location, Access::read);
    base = view.address();
  }
  MPI_Aint address = 0;
  check(MPI_Get_address(base, &address));
  return address;
}

long aint_add(NoSelf, MPI_Aint base, MPI_Aint disp) { return MPI_Aint_add(base, disp); }
long aint_diff(NoSelf, MPI_Aint addr1, MPI_Aint addr2) { return MPI_Aint_diff(addr1, addr2); }

PyMethodDef* functions() {
  static PyMethodDef table[] = {
      method<"Alloc_mem", &alloc_mem, "size", "info">(
          "Allocate `size` bytes for message passing and RMA (MPI-4.0, 9.2)."),
      method<"Free_mem", &free_mem, "mem">("Free memory allocated with `Alloc_mem`."),
      method<"Get_address", &get_address, "location">(
          "Get the address of a location in memory (MPI-4.0, 5.1.5)."),
      method<"Aint_add", &aint_add, "base", "disp">(
          "Return the sum of base address and displacement."),
      method<"Aint_diff", &aint_diff, "addr1", "addr2">(
          "Return the difference between absolute addresses."),
      end_of_methods(),
  };
  return table;
}

}  // namespace

void add_memory_functions(PyObject* module) {
  add_functions(module, functions());
  add_buffered_sends(module);
}

}  // namespace pylaunch::mpi
