// SPDX-License-Identifier: BSD-3-Clause
// Memory for MPI, addresses, and the buffer of buffered sends: functions of the module.
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

// The buffer attached for buffered sends, so that Detach_buffer can give back the same object.
PyObject* attached = nullptr;

void attach_buffer(NoSelf, PyObject* object) {
  if (object == Py_None || object == buffer_automatic_object) {
    fail(PyExc_NotImplementedError,
         "automatic buffers for buffered sends need MPI-4.1: attach a buffer of your own");
  }
  Ref buffer = buffer_from(object, false);
  const Py_buffer& view = buffer_view(buffer.get());
  check(PYLAUNCH_C(MPI_Buffer_attach)(view.buf, static_cast<Count>(view.len)));
  Py_XDECREF(std::exchange(attached, buffer.release()));
}

Ref detach_buffer(NoSelf) {
  void* base = nullptr;
  Count size = 0;
  blocking(PYLAUNCH_C(MPI_Buffer_detach), static_cast<void*>(&base), &size);
  Ref buffer(std::exchange(attached, nullptr));
  if (buffer) {
    const Py_buffer& view = buffer_view(buffer.get());
    if (view.buf == base && view.obj != nullptr) {
      return Ref::borrow(view.obj);
    }
  }
  return buffer_over(base, static_cast<Py_ssize_t>(size));
}

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
      method<"Attach_buffer", &attach_buffer, "buf">(
          "Attach a user-provided buffer for sending in buffered mode (MPI-4.0, 3.6)."),
      method<"Detach_buffer", &detach_buffer>(
          "Remove an existing attached buffer, waiting for its messages."),
      end_of_methods(),
  };
  return table;
}

}  // namespace

void add_memory_functions(PyObject* module) { add_functions(module, functions()); }

}  // namespace pylaunch::mpi
