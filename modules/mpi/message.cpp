// SPDX-License-Identifier: BSD-3-Clause
// Message: what a matched probe found (MPI-4.0, section 3.8.2).
#include "module.hpp"
#include "pickle.hpp"
#include "probe.hpp"
#include "request.hpp"

namespace pylaunch::mpi {

PyTypeObject Message::type{};

namespace {

// The handle after a receive: MESSAGE_NULL, but MESSAGE_NO_PROC stays what it is.
void update(Message& self, MPI_Message handle) {
  if ((self.flags & kConstant) == 0) {
    self.ob_mpi = handle;
    if (handle == MPI_MESSAGE_NULL) {
      Py_CLEAR(self.ob_buf);
    }
  }
}

int source_of(MPI_Message message) {
  return message == MPI_MESSAGE_NO_PROC ? MPI_PROC_NULL : MPI_ANY_SOURCE;
}

// ---- buffers -----------------------------------------------------------------------------------

Ref probe(PyTypeObject* type, Comm& comm, AnySource source, AnyTag tag, Status* status) {
  MPI_Message message = MPI_MESSAGE_NULL;
  blocking(matched_probe, source.value, tag.value, comm.ob_mpi, &message, status_pointer(status));
  return new_handle<Message>(type, message);
}

Ref probe_now(PyTypeObject* type, Comm& comm, AnySource source, AnyTag tag, Status* status) {
  int flag = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  blocking(matched_probe_now, source.value, tag.value, comm.ob_mpi, &flag, &message,
           status_pointer(status));
  return flag == 0 ? Ref::borrow(Py_None) : new_handle<Message>(type, message);
}

void receive(Message& self, PyObject* buf, Status* status) {
  MPI_Message handle = handle_to_receive(self);
  BufferSpec message;
  message.parse(buf, Access::write, source_of(handle), 1);
  blocking(PYLAUNCH_C(MPI_Mrecv), message.address, message.count, message.datatype, &handle,
           status_pointer(status));
  update(self, handle);
}

Ref start_receive(Message& self, PyObject* buf) {
  MPI_Message handle = handle_to_receive(self);
  Kept<BufferSpec> message;
  message->parse(buf, Access::write, source_of(handle), 1);
  Ref object = new_handle<Request>();
  Request& request = cast<Request>(object.get());
  blocking(PYLAUNCH_C(MPI_Imrecv), message->address, message->count, message->datatype, &handle,
           &request.ob_mpi);
  update(self, handle);
  hold(request, std::move(message));
  return object;
}

// ---- objects -----------------------------------------------------------------------------------

Ref probe_object(PyTypeObject* type, Comm& comm, AnySource source, AnyTag tag, Status* status) {
  return match_object(type, comm.ob_mpi, source, tag, status);
}
Ref probe_object_now(PyTypeObject* type, Comm& comm, AnySource source, AnyTag tag, Status* status) {
  return match_object_now(type, comm.ob_mpi, source, tag, status);
}

// The memory that the probe made ready; none for MESSAGE_NO_PROC and for matches by Mprobe.
Ref prepared_memory(const Message& self) {
  const bool usable = self.ob_mpi != MPI_MESSAGE_NO_PROC && self.ob_buf != nullptr;
  return usable ? Ref::borrow(self.ob_buf) : receive_buffer(0);
}

Ref receive_object(Message& self, Status* status) {
  MPI_Message handle = handle_to_receive(self);
  Ref memory = prepared_memory(self);
  blocking(PYLAUNCH_C(MPI_Mrecv), bytes_data(memory),
           static_cast<Count>(PyBytes_GET_SIZE(memory.get())), MPI_BYTE, &handle,
           status_pointer(status));
  update(self, handle);
  return pickle_load(memory.get());
}

Ref start_receive_object(Message& self) {
  MPI_Message handle = handle_to_receive(self);
  auto memory = std::make_unique<PendingObject>();
  memory->bytes = prepared_memory(self);
  memory->address = bytes_data(memory->bytes);
  memory->capacity = static_cast<Count>(PyBytes_GET_SIZE(memory->bytes.get()));
  Ref object = new_handle<Request>();
  Request& request = cast<Request>(object.get());
  blocking(PYLAUNCH_C(MPI_Imrecv), memory->address, memory->capacity, MPI_BYTE, &handle,
           &request.ob_mpi);
  update(self, handle);
  request.ob_buf = pending_object(std::move(memory)).release();
  return object;
}

// The Message for a match of known size.
Ref with_memory(PyTypeObject* type, MPI_Message handle, const MPI_Status& status) {
  Ref object = new_handle<Message>(type, handle);
  if (handle != MPI_MESSAGE_NO_PROC) {
    Count size = 0;
    check(PYLAUNCH_C(MPI_Get_count)(&status, MPI_BYTE, &size));
    cast<Message>(object.get()).ob_buf = receive_buffer(static_cast<Py_ssize_t>(size)).release();
  }
  return object;
}

PyMethodDef* message_methods() {
  static PyMethodDef table[] = {
      method<"Probe", &probe, "comm", "source", "tag", "status">(
          "Blocking test for a matched message."),
      method<"Iprobe", &probe_now, "comm", "source", "tag", "status">(
          "Nonblocking test for a matched message; None when there is none."),
      method<"Recv", &receive, "buf", "status">("Blocking receive of matched message."),
      method<"Irecv", &start_receive, "buf">("Nonblocking receive of matched message."),
      method<"probe", &probe_object, "comm", "source", "tag", "status">(
          "Blocking test for a matched message."),
      method<"iprobe", &probe_object_now, "comm", "source", "tag", "status">(
          "Nonblocking test for a matched message; None when there is none."),
      method<"recv", &receive_object, "status">("Blocking receive of matched message."),
      method<"irecv", &start_receive_object>("Nonblocking receive of matched message."),
      PYLAUNCH_HANDLE_METHODS(Message),
      end_of_methods(),
  };
  return table;
}

}  // namespace

Ref match_object(PyTypeObject* type, MPI_Comm comm, int source, int tag, Status* status) {
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status own_status{};
  MPI_Status* used = status == nullptr ? &own_status : &status->ob_mpi;
  blocking(matched_probe, source, tag, comm, &message, used);
  return with_memory(type, message, *used);
}

Ref match_object_now(PyTypeObject* type, MPI_Comm comm, int source, int tag, Status* status) {
  int flag = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status own_status{};
  MPI_Status* used = status == nullptr ? &own_status : &status->ob_mpi;
  blocking(matched_probe_now, source, tag, comm, &flag, &message, used);
  return flag == 0 ? Ref::borrow(Py_None) : with_memory(type, message, *used);
}

void add_message(PyObject* module) {
  static PyGetSetDef properties[] = {
      PYLAUNCH_HANDLE_PROPERTY(Message),
      end_of_properties(),
  };
  define_handle_type<Message>(
      module, {"mpi4py.MPI.Message", "Matched message.", message_methods(), properties});
  define_constant<Message>(module, "MESSAGE_NULL", MPI_MESSAGE_NULL);
  define_constant<Message>(module, "MESSAGE_NO_PROC", MPI_MESSAGE_NO_PROC);
}

}  // namespace pylaunch::mpi
