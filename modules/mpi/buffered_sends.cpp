// SPDX-License-Identifier: BSD-3-Clause
// The buffers of buffered sends: the process's, and since MPI 4.1 those of a communicator or
// session.
#include "buffered_sends.hpp"

#include <map>

#include "buffer.hpp"
#include "handle.hpp"
#include "message_spec.hpp"
#include "module.hpp"
#include "special.hpp"

namespace pylaunch::mpi {
namespace {

// ---- MPI's functions, by what the buffer belongs to --------------------------------------------

int call_attach(NoSelf, void* base, Count bytes) {
  return PYLAUNCH_C(MPI_Buffer_attach)(base, bytes);
}
int call_detach(NoSelf, void* base, Count* bytes) {
  return PYLAUNCH_C(MPI_Buffer_detach)(base, bytes);
}

#if PYLAUNCH_HAS_MPI_4_1
int call_attach(Comm& comm, void* base, Count bytes) {
  return MPI_Comm_attach_buffer_c(comm.ob_mpi, base, bytes);
}
int call_attach(Session& session, void* base, Count bytes) {
  return MPI_Session_attach_buffer_c(session.ob_mpi, base, bytes);
}
int call_detach(Comm& comm, void* base, Count* bytes) {
  return MPI_Comm_detach_buffer_c(comm.ob_mpi, base, bytes);
}
int call_detach(Session& session, void* base, Count* bytes) {
  return MPI_Session_detach_buffer_c(session.ob_mpi, base, bytes);
}
int call_flush(NoSelf) { return MPI_Buffer_flush(); }
int call_flush(Comm& comm) { return MPI_Comm_flush_buffer(comm.ob_mpi); }
int call_flush(Session& session) { return MPI_Session_flush_buffer(session.ob_mpi); }
int call_iflush(NoSelf, MPI_Request* request) { return MPI_Buffer_iflush(request); }
int call_iflush(Comm& comm, MPI_Request* request) {
  return MPI_Comm_iflush_buffer(comm.ob_mpi, request);
}
int call_iflush(Session& session, MPI_Request* request) {
  return MPI_Session_iflush_buffer(session.ob_mpi, request);
}
#endif

// ---- the objects, so that Detach_buffer can give back the same one -----------------------------

std::uintptr_t key_of(NoSelf) { return 0; }
template <class Object>
std::uintptr_t key_of(Object& owner) {
  return handle_value(owner.ob_mpi);
}

// Returns what was kept for this owner. MPI detaches by itself when an owner is freed; the object
// then stays until a later owner has the same handle.
template <class Self>
Ref exchange_attached(Self self, Ref object) {
  // One for each kind of owner, whose handles may have the same values. Outlives the interpreter.
  static auto* objects = new std::map<std::uintptr_t, PyObject*>;
  return Ref(std::exchange((*objects)[key_of(self)], object.release()));
}

Ref detached_buffer(Ref known, void* base, Count bytes) {
#if PYLAUNCH_HAS_MPI_4_1
  if (base == MPI_BUFFER_AUTOMATIC) {
    return Ref::borrow(buffer_automatic_object);
  }
#endif
  if (known) {
    const Py_buffer& view = buffer_view(known.get());
    if (view.buf == base && view.obj != nullptr) {
      return Ref::borrow(view.obj);
    }
  }
  return buffer_over(base, static_cast<Py_ssize_t>(bytes));
}

// ---- methods -----------------------------------------------------------------------------------

template <class Self>
void attach_automatic([[maybe_unused]] Self self) {
#if PYLAUNCH_HAS_MPI_4_1
  check(call_attach(self, MPI_BUFFER_AUTOMATIC, 0));
  exchange_attached<Self>(self, Ref());
#else
  fail(PyExc_NotImplementedError,
       "automatic buffers for buffered sends need MPI-4.1: attach a buffer of your own");
#endif
}

template <class Self>
void attach_buffer(Self self, PyObject* object) {
  if (object == Py_None || object == buffer_automatic_object) {
    attach_automatic<Self>(self);
    return;
  }
  Ref buffer = buffer_from(object, false);
  const Py_buffer& view = buffer_view(buffer.get());
  check(call_attach(self, view.buf, static_cast<Count>(view.len)));
  exchange_attached<Self>(self, std::move(buffer));
}

template <class Self>
Ref detach_buffer(Self self) {
  void* base = nullptr;
  Count bytes = 0;
  blocking([&] { return call_detach(self, &base, &bytes); });
  return detached_buffer(exchange_attached<Self>(self, Ref()), base, bytes);
}

#if PYLAUNCH_HAS_MPI_4_1
template <class Self>
void flush_buffer(Self self) {
  blocking([&] { return call_flush(self); });
}

template <class Self>
Ref start_flush(Self self) {
  Ref object = new_handle<Request>();
  blocking([&] { return call_iflush(self, &cast<Request>(object.get()).ob_mpi); });
  return object;
}
#endif

template <class Self>
std::vector<PyMethodDef> methods_of() {
  return {
    method<"Attach_buffer", &attach_buffer<Self>, "buf">(
        "Attach a user-provided buffer for sending in buffered mode."),
        method<"Detach_buffer", &detach_buffer<Self>>(
            "Remove an existing attached buffer, waiting for its messages."),
#if PYLAUNCH_HAS_MPI_4_1
        method<"Flush_buffer", &flush_buffer<Self>>(
            "Block until all buffered messages have been transmitted."),
        method<"Iflush_buffer", &start_flush<Self>>("Nonblocking flush of the buffered messages."),
#endif
  };
}

}  // namespace

const std::vector<PyMethodDef>& buffered_send_methods_of_comm() {
#if PYLAUNCH_HAS_MPI_4_1
  static const std::vector<PyMethodDef> table = methods_of<Comm&>();
#else
  static const std::vector<PyMethodDef> table;
#endif
  return table;
}

const std::vector<PyMethodDef>& buffered_send_methods_of_session() {
#if PYLAUNCH_HAS_MPI_4_1
  static const std::vector<PyMethodDef> table = methods_of<Session&>();
#else
  static const std::vector<PyMethodDef> table;
#endif
  return table;
}

void add_buffered_sends(PyObject* module) {
  static std::vector<PyMethodDef> table = methods_of<NoSelf>();
  table.push_back(end_of_methods());
  add_functions(module, table.data());
}

}  // namespace pylaunch::mpi
