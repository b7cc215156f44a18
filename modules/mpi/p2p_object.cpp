// SPDX-License-Identifier: BSD-3-Clause
// Point-to-point communication of pickled objects. One object is one message of bytes, so that
// probes, statuses and matching work as for buffers.
#include "comm.hpp"
#include "module.hpp"
#include "object_message.hpp"
#include "probe.hpp"
#include "request.hpp"

namespace pylaunch::mpi {
namespace {

ObjectMessage message_for(PyObject* object, int dest) {
  return dest == MPI_PROC_NULL ? ObjectMessage() : ObjectMessage(object);
}

template <auto Function>
void send(Comm& self, PyObject* object, int dest, Int<0> tag) {
  if (dest == MPI_PROC_NULL) {
    blocking(Function, static_cast<const void*>(nullptr), Count{0}, MPI_BYTE, dest, tag.value,
             self.ob_mpi);
    return;
  }
  const ObjectMessage message(object);
  blocking(Function, message.address(), message.count(), message.datatype(), dest, tag.value,
           self.ob_mpi);
}

template <auto Function>
Ref start_send(Comm& self, PyObject* object, int dest, Int<0> tag) {
  ObjectMessage message = message_for(object, dest);
  Ref result = new_handle<Request>();
  Request& request = cast<Request>(result.get());
  blocking(Function, message.address(), message.count(), message.datatype(), dest, tag.value,
           self.ob_mpi, &request.ob_mpi);
  request.ob_buf = std::move(message).keep().release();
  return result;
}

// ---- receiving ---------------------------------------------------------------------------------

// Memory for a message whose size is not known: the user's buffer, a number of bytes, or, for None,
// enough for any message.
std::unique_ptr<PendingObject> memory_for(PyObject* buffer_or_size) {
  auto memory = std::make_unique<PendingObject>();
  if (buffer_or_size == Py_None) {
    memory->reservation = reserve_memory();
    memory->address = memory->reservation.address;
    memory->capacity = static_cast<Count>(
        std::min<std::size_t>(memory->reservation.capacity, std::numeric_limits<Count>::max()));
  }
  if (memory->address != nullptr) {
    return memory;
  }
  if (buffer_or_size == Py_None || is_integral(buffer_or_size)) {
    memory->capacity = buffer_or_size == Py_None ? static_cast<Count>(options().irecv_buffer_bytes)
                                                 : Argument<Count>::from(buffer_or_size);
    memory->bytes = receive_buffer(static_cast<Py_ssize_t>(memory->capacity));
    memory->address = bytes_data(memory->bytes);
  } else {
    memory->view.acquire_contiguous(buffer_or_size, Access::write);
    memory->address = static_cast<char*>(memory->view.address());
    memory->capacity = static_cast<Count>(memory->view.bytes());
  }
  return memory;
}

Ref receive_into(PyObject* buffer_or_size, MPI_Comm comm, int source, int tag, Status* status) {
  succeed(PyErr_WarnEx(PyExc_UserWarning, "the 'buf' argument is deprecated", 1));
  auto memory =
      source == MPI_PROC_NULL ? std::make_unique<PendingObject>() : memory_for(buffer_or_size);
  MPI_Status own_status{};
  MPI_Status* used = status == nullptr ? &own_status : &status->ob_mpi;
  blocking(PYLAUNCH_C(MPI_Recv), memory->address, memory->capacity, MPI_BYTE, source, tag, comm,
           used);
  Count size = 0;
  if (source != MPI_PROC_NULL) {
    check(PYLAUNCH_C(MPI_Get_count)(used, MPI_BYTE, &size));
  }
  return size > 0 ? pickle_load_copied(memory->address, static_cast<Py_ssize_t>(size))
                  : Ref::borrow(Py_None);
}

// A matched probe tells the size, and no other thread can take the message away.
Ref receive_matched(MPI_Comm comm, int source, int tag, Status* status) {
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status probed{};
  Count size = 0;
  blocking([&] {
    const int error = matched_probe(source, tag, comm, &message, &probed);
    return error != MPI_SUCCESS ? error : PYLAUNCH_C(MPI_Get_count)(&probed, MPI_BYTE, &size);
  });
  Ref bytes = receive_buffer(static_cast<Py_ssize_t>(size));
  blocking(PYLAUNCH_C(MPI_Mrecv), bytes_data(bytes), size, MPI_BYTE, &message,
           status_pointer(status));
  return pickle_load(bytes.get());
}

Ref receive_object(PyObject* buf, MPI_Comm comm, int source, int tag, Status* status) {
  return buf != Py_None ? receive_into(buf, comm, source, tag, status)
                        : receive_matched(comm, source, tag, status);
}

Ref receive(Comm& self, Optional buf, AnySource source, AnyTag tag, Status* status) {
  return receive_object(buf, self.ob_mpi, source, tag, status);
}

Ref start_receive(Comm& self, Optional buf, AnySource source, AnyTag tag) {
  auto memory = source == MPI_PROC_NULL ? std::make_unique<PendingObject>() : memory_for(buf);
  Ref object = new_handle<Request>();
  Request& request = cast<Request>(object.get());
  blocking(PYLAUNCH_C(MPI_Irecv), memory->address, memory->capacity, MPI_BYTE, source.value,
           tag.value, self.ob_mpi, &request.ob_mpi);
  request.ob_buf = pending_object(std::move(memory)).release();
  return object;
}

Ref send_receive(Comm& self, PyObject* sendobj, int dest, Int<0> sendtag, Optional recvbuf,
                 AnySource source, AnyTag recvtag, Status* status) {
  ObjectMessage message = message_for(sendobj, dest);
  MPI_Request request = MPI_REQUEST_NULL;
  blocking(PYLAUNCH_C(MPI_Isend), message.address(), message.count(), message.datatype(), dest,
           sendtag.value, self.ob_mpi, &request);
  Ref received;
  try {
    received = receive_object(recvbuf, self.ob_mpi, source, recvtag, status);
  } catch (const PythonError&) {
    // The bytes must outlive the send, and nobody else has its request.
    static_cast<void>(std::move(message).keep().release());
    MPI_Request_free(&request);
    throw;
  }
  blocking(MPI_Wait, &request, MPI_STATUS_IGNORE);
  return received;
}

// ---- probing -----------------------------------------------------------------------------------

Ref probe_matched(Comm& self, AnySource source, AnyTag tag, Status* status) {
  return match_object(&Message::type, self.ob_mpi, source, tag, status);
}

Ref probe_matched_now(Comm& self, AnySource source, AnyTag tag, Status* status) {
  return match_object_now(&Message::type, self.ob_mpi, source, tag, status);
}

}  // namespace

const std::vector<PyMethodDef>& point_to_point_object_methods() {
  static const std::vector<PyMethodDef> table{
      method<"send", &send<&PYLAUNCH_C(MPI_Send)>, "obj", "dest", "tag">("Send in standard mode."),
      method<"bsend", &send<&PYLAUNCH_C(MPI_Bsend)>, "obj", "dest", "tag">(
          "Send in buffered mode."),
      method<"ssend", &send<&PYLAUNCH_C(MPI_Ssend)>, "obj", "dest", "tag">(
          "Send in synchronous mode."),
      method<"isend", &start_send<&PYLAUNCH_C(MPI_Isend)>, "obj", "dest", "tag">(
          "Nonblocking send."),
      method<"ibsend", &start_send<&PYLAUNCH_C(MPI_Ibsend)>, "obj", "dest", "tag">(
          "Nonblocking send in buffered mode."),
      method<"issend", &start_send<&PYLAUNCH_C(MPI_Issend)>, "obj", "dest", "tag">(
          "Nonblocking send in synchronous mode."),
      method<"recv", &receive, "buf", "source", "tag", "status">("Receive."),
      method<"irecv", &start_receive, "buf", "source", "tag">(
          "Nonblocking receive of any size, or of what `buf` (bytes or a buffer) holds."),
      method<"sendrecv", &send_receive, "sendobj", "dest", "sendtag", "recvbuf", "source",
             "recvtag", "status">("Send and Receive."),
      method<"probe", &probe, "source", "tag", "status">("Blocking test for a message."),
      method<"iprobe", &probe_now, "source", "tag", "status">("Nonblocking test for a message."),
      method<"mprobe", &probe_matched, "source", "tag", "status">(
          "Blocking test for a matched message."),
      method<"improbe", &probe_matched_now, "source", "tag", "status">(
          "Nonblocking test for a matched message."),
  };
  return table;
}

}  // namespace pylaunch::mpi
