// SPDX-License-Identifier: BSD-3-Clause
// mpi4py's underscored helpers for other packages: raw handles, and locks and private duplicates
// of communicators.
#include "comm.hpp"
#include "comm_context.hpp"
#include "comm_lock.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

// Size, address and value of the handle in an object of one class.
struct HandleView {
  PyTypeObject& type;
  std::size_t size;
  void* (*address)(PyObject*);
  std::uintptr_t (*value)(PyObject*);
};

template <class Object>
HandleView view_of() {
  return {Object::type, sizeof(typename Object::Handle),
          [](PyObject* object) -> void* { return &cast<Object>(object).ob_mpi; },
          [](PyObject* object) { return handle_value(cast<Object>(object).ob_mpi); }};
}

const std::vector<HandleView>& views() {
  static const std::vector<HandleView> table{
      view_of<Datatype>(),
      view_of<Request>(),
      view_of<Message>(),
      view_of<Op>(),
      view_of<Group>(),
      view_of<Info>(),
      view_of<Errhandler>(),
      view_of<Session>(),
      view_of<Comm>(),
      view_of<Win>(),
      view_of<File>(),
      {Status::type, sizeof(MPI_Status),
       [](PyObject* object) -> void* { return &cast<Status>(object).ob_mpi; },
       [](PyObject* object) {
         return reinterpret_cast<std::uintptr_t>(&cast<Status>(object).ob_mpi);
       }},
  };
  return table;
}

const HandleView& find_view(PyTypeObject* type, const char* expected) {
  for (const HandleView& view : views()) {
    if (PyType_IsSubtype(type, &view.type)) {
      return view;
    }
  }
  fail(PyExc_TypeError, "expecting an MPI %s", expected);
}

long size_of(NoSelf, PyObject* object) {
  PyTypeObject* type =
      PyType_Check(object) ? reinterpret_cast<PyTypeObject*>(object) : Py_TYPE(object);
  return static_cast<long>(find_view(type, "type or instance").size);
}

unsigned long address_of(NoSelf, PyObject* object) {
  return reinterpret_cast<std::uintptr_t>(find_view(Py_TYPE(object), "instance").address(object));
}

unsigned long handle_of(NoSelf, PyObject* object) {
  return find_view(Py_TYPE(object), "instance").value(object);
}

// ---- locks -------------------------------------------------------------------------------------

Ref lock_table(NoSelf, Comm& comm) { return Ref::borrow(comm_lock_table(comm.ob_mpi)); }
Ref lock(NoSelf, Comm& comm, Optional key) { return Ref::borrow(comm_lock(comm.ob_mpi, key)); }

// ---- private duplicates ------------------------------------------------------------------------

Ref context_intra(NoSelf, Intracomm& comm) {
  CommContext& context = comm_context(comm.ob_mpi);
  return tuple_of(new_handle<Intracomm>(context.duplicate), context.take_tag());
}

Ref context_inter(NoSelf, Intercomm& comm) {
  CommContext& context = comm_context(comm.ob_mpi);
  return tuple_of(new_handle<Intercomm>(context.duplicate), context.take_tag(),
                  new_handle<Intracomm>(context.local), context.low_group);
}

}  // namespace

void add_introspection(PyObject* module) {
  static PyMethodDef functions[] = {
      method<"_sizeof", &size_of, "arg">("Size in bytes of the underlying MPI handle."),
      method<"_addressof", &address_of, "arg">("Memory address of the underlying MPI handle."),
      method<"_handleof", &handle_of, "arg">(
          "Unsigned integer value with the underlying MPI handle."),
      method<"_comm_lock", &lock, "comm", "key">("Create/get communicator lock."),
      method<"_comm_lock_table", &lock_table, "comm">("Internal communicator lock table."),
      method<"_commctx_intra", &context_intra, "comm">("Create/get intracommunicator duplicate."),
      method<"_commctx_inter", &context_inter, "comm">("Create/get intercommunicator duplicate."),
      end_of_methods(),
  };
  add_functions(module, functions);
}

}  // namespace pylaunch::mpi
