// SPDX-License-Identifier: BSD-3-Clause
// Point-to-point communication of buffers (MPI-4.0, chapter 3, and 4 for partitioned).
#include "comm.hpp"
#include "probe.hpp"
#include "request.hpp"

namespace pylaunch::mpi {
namespace {

// ---- one buffer: b, s, r and standard mode, blocking, non-blocking and persistent -------------

template <auto Function>
void send(Comm& self, PyObject* buf, int dest, Int<0> tag) {
  BufferSpec message;
  message.parse(buf, Access::read, dest, 1);
  blocking(Function, message.address, message.count, message.datatype, dest, tag.value,
           self.ob_mpi);
}

template <class Kind, auto Function>
Ref start_send(Comm& self, PyObject* buf, int dest, Int<0> tag) {
  Kept<BufferSpec> message;
  message->parse(buf, Access::read, dest, 1);
  Ref object = new_handle<Kind>();
  Kind& request = cast<Kind>(object.get());
  blocking(Function, message->address, message->count, message->datatype, dest, tag.value,
           self.ob_mpi, &request.ob_mpi);
  hold(request, std::move(message));
  return object;
}

void receive(Comm& self, PyObject* buf, AnySource source, AnyTag tag, Status* status) {
  BufferSpec message;
  message.parse(buf, Access::write, source, 1);
  blocking(PYLAUNCH_C(MPI_Recv), message.address, message.count, message.datatype, source.value,
           tag.value, self.ob_mpi, status_pointer(status));
}

template <class Kind, auto Function>
Ref start_receive(Comm& self, PyObject* buf, AnySource source, AnyTag tag) {
  Kept<BufferSpec> message;
  message->parse(buf, Access::write, source, 1);
  Ref object = new_handle<Kind>();
  Kind& request = cast<Kind>(object.get());
  blocking(Function, message->address, message->count, message->datatype, source.value, tag.value,
           self.ob_mpi, &request.ob_mpi);
  hold(request, std::move(message));
  return object;
}

// ---- send and receive at once ------------------------------------------------------------------

void send_receive(Comm& self, PyObject* sendbuf, int dest, Int<0> sendtag, Optional recvbuf,
                  AnySource source, AnyTag recvtag, Status* status) {
  BufferSpec out;
  BufferSpec in;
  out.parse(sendbuf, Access::read, dest, 1);
  in.parse(recvbuf, Access::write, source, 1);
  blocking(PYLAUNCH_C(MPI_Sendrecv), out.address, out.count, out.datatype, dest, sendtag.value,
           in.address, in.count, in.datatype, source.value, recvtag.value, self.ob_mpi,
           status_pointer(status));
}

// A buffer is looked at unless both neighbours are PROC_NULL.
int either(int dest, int source) { return source != MPI_PROC_NULL ? source : dest; }

void send_receive_replace(Comm& self, PyObject* buf, int dest, Int<0> sendtag, AnySource source,
                          AnyTag recvtag, Status* status) {
  BufferSpec message;
  message.parse(buf, Access::write, either(dest, source), 1);
  blocking(PYLAUNCH_C(MPI_Sendrecv_replace), message.address, message.count, message.datatype, dest,
           sendtag.value, source.value, recvtag.value, self.ob_mpi, status_pointer(status));
}

#if MPI_VERSION >= 4
struct BufferPair {
  BufferSpec out;
  BufferSpec in;
};

Ref start_send_receive(Comm& self, PyObject* sendbuf, int dest, Int<0> sendtag, Optional recvbuf,
                       AnySource source, AnyTag recvtag) {
  Kept<BufferPair> pair;
  pair->out.parse(sendbuf, Access::read, dest, 1);
  pair->in.parse(recvbuf, Access::write, source, 1);
  Ref object = new_handle<Request>();
  Request& request = cast<Request>(object.get());
  blocking(MPI_Isendrecv_c, pair->out.address, pair->out.count, pair->out.datatype, dest,
           sendtag.value, pair->in.address, pair->in.count, pair->in.datatype, source.value,
           recvtag.value, self.ob_mpi, &request.ob_mpi);
  hold(request, std::move(pair));
  return object;
}

Ref start_send_receive_replace(Comm& self, PyObject* buf, int dest, Int<0> sendtag,
                               AnySource source, AnyTag recvtag) {
  Kept<BufferSpec> message;
  message->parse(buf, Access::write, either(dest, source), 1);
  Ref object = new_handle<Request>();
  Request& request = cast<Request>(object.get());
  blocking(MPI_Isendrecv_replace_c, message->address, message->count, message->datatype, dest,
           sendtag.value, source.value, recvtag.value, self.ob_mpi, &request.ob_mpi);
  hold(request, std::move(message));
  return object;
}

// ---- partitioned -------------------------------------------------------------------------------

template <auto Function, Access access>
Ref partitioned(Comm& self, PyObject* buf, int partitions, int peer, int tag, MPI_Info info) {
  Kept<BufferSpec> message;
  message->parse(buf, access, peer, partitions);
  Ref object = new_handle<Prequest>();
  Request& request = cast<Request>(object.get());
  blocking(Function, message->address, partitions, message->count, message->datatype, peer, tag,
           self.ob_mpi, info, &request.ob_mpi);
  hold(request, std::move(message));
  return object;
}

Ref partitioned_send(Comm& self, PyObject* buf, int partitions, int dest, Int<0> tag,
                     InfoOrNull info) {
  return partitioned<&MPI_Psend_init, Access::read>(self, buf, partitions, dest, tag, info);
}

Ref partitioned_receive(Comm& self, PyObject* buf, int partitions, AnySource source, AnyTag tag,
                        InfoOrNull info) {
  return partitioned<&MPI_Precv_init, Access::write>(self, buf, partitions, source, tag, info);
}
#endif

// ---- probing -----------------------------------------------------------------------------------

Ref probe_matched(Comm& self, AnySource source, AnyTag tag, Status* status) {
  MPI_Message message = MPI_MESSAGE_NULL;
  blocking(matched_probe, source.value, tag.value, self.ob_mpi, &message, status_pointer(status));
  return new_handle<Message>(message);
}

Ref probe_matched_now(Comm& self, AnySource source, AnyTag tag, Status* status) {
  int flag = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  blocking(matched_probe_now, source.value, tag.value, self.ob_mpi, &flag, &message,
           status_pointer(status));
  return flag == 0 ? Ref::borrow(Py_None) : new_handle<Message>(message);
}

}  // namespace

const std::vector<PyMethodDef>& point_to_point_buffer_methods() {
  static const std::vector<PyMethodDef> table {
    method<"Send", &send<&PYLAUNCH_C(MPI_Send)>, "buf", "dest", "tag">("Blocking send."),
        method<"Bsend", &send<&PYLAUNCH_C(MPI_Bsend)>, "buf", "dest", "tag">(
            "Blocking send in buffered mode."),
        method<"Ssend", &send<&PYLAUNCH_C(MPI_Ssend)>, "buf", "dest", "tag">(
            "Blocking send in synchronous mode."),
        method<"Rsend", &send<&PYLAUNCH_C(MPI_Rsend)>, "buf", "dest", "tag">(
            "Blocking send in ready mode."),
        method<"Isend", &start_send<Request, &PYLAUNCH_C(MPI_Isend)>, "buf", "dest", "tag">(
            "Nonblocking send; the buffer must not change until the request completes."),
        method<"Ibsend", &start_send<Request, &PYLAUNCH_C(MPI_Ibsend)>, "buf", "dest", "tag">(
            "Nonblocking send in buffered mode."),
        method<"Issend", &start_send<Request, &PYLAUNCH_C(MPI_Issend)>, "buf", "dest", "tag">(
            "Nonblocking send in synchronous mode."),
        method<"Irsend", &start_send<Request, &PYLAUNCH_C(MPI_Irsend)>, "buf", "dest", "tag">(
            "Nonblocking send in ready mode."),
        method<"Send_init", &start_send<Prequest, &PYLAUNCH_C(MPI_Send_init)>, "buf", "dest",
               "tag">("Create a persistent request for a standard send."),
        method<"Bsend_init", &start_send<Prequest, &PYLAUNCH_C(MPI_Bsend_init)>, "buf", "dest",
               "tag">("Persistent request for a send in buffered mode."),
        method<"Ssend_init", &start_send<Prequest, &PYLAUNCH_C(MPI_Ssend_init)>, "buf", "dest",
               "tag">("Persistent request for a send in synchronous mode."),
        method<"Rsend_init", &start_send<Prequest, &PYLAUNCH_C(MPI_Rsend_init)>, "buf", "dest",
               "tag">("Persistent request for a send in ready mode."),
        method<"Recv", &receive, "buf", "source", "tag", "status">("Blocking receive."),
        method<"Irecv", &start_receive<Request, &PYLAUNCH_C(MPI_Irecv)>, "buf", "source", "tag">(
            "Nonblocking receive."),
        method<"Recv_init", &start_receive<Prequest, &PYLAUNCH_C(MPI_Recv_init)>, "buf", "source",
               "tag">("Create a persistent request for a receive."),
        method<"Sendrecv", &send_receive, "sendbuf", "dest", "sendtag", "recvbuf", "source",
               "recvtag", "status">("Send and receive a message, without deadlock."),
        method<"Sendrecv_replace", &send_receive_replace, "buf", "dest", "sendtag", "source",
               "recvtag", "status">(
            "Send and receive a message; the received one takes the sent one's place."),
#if MPI_VERSION >= 4
        method<"Isendrecv", &start_send_receive, "sendbuf", "dest", "sendtag", "recvbuf", "source",
               "recvtag">("Nonblocking send and receive."),
        method<"Isendrecv_replace", &start_send_receive_replace, "buf", "dest", "sendtag", "source",
               "recvtag">(
            "Nonblocking send and receive; the received message takes the sent one's place."),
        method<"Psend_init", &partitioned_send, "buf", "partitions", "dest", "tag", "info">(
            "Create request for a partitioned send operation."),
        method<"Precv_init", &partitioned_receive, "buf", "partitions", "source", "tag", "info">(
            "Create request for a partitioned recv operation."),
#endif
        method<"Probe", &probe, "source", "tag", "status">("Blocking test for a message."),
        method<"Iprobe", &probe_now, "source", "tag", "status">("Nonblocking test for a message."),
        method<"Mprobe", &probe_matched, "source", "tag", "status">(
            "Blocking test for a matched message."),
        method<"Improbe", &probe_matched_now, "source", "tag", "status">(
            "Nonblocking test for a matched message; None when there is none."),
  };
  return table;
}

}  // namespace pylaunch::mpi
