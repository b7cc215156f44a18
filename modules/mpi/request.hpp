// SPDX-License-Identifier: BSD-3-Clause
// What the objects in Request.ob_buf are.
#pragma once

#include "kept.hpp"
#include "message_spec.hpp"
#include "receive_memory.hpp"

namespace pylaunch::mpi {

// The memory that a pickled message is being received into; completion unpickles it.
struct PendingObject {
  BufferView view;          // memory of the user's, or
  Ref bytes;                // of this message's size, or
  Reservation reservation;  // for any size
  std::size_t used = 0;     // of the reservation, when it is done
  bool is_done = false;     // MPI will not write into it any more
  char* address = nullptr;
  Count capacity = 0;

  PendingObject() = default;
  ~PendingObject();
  PendingObject(const PendingObject&) = delete;
  PendingObject& operator=(const PendingObject&) = delete;
};

// What `wait` will return for this memory.
Ref pending_object(std::unique_ptr<PendingObject> memory);
// What `wait` will return is this very object (generalized requests).
Ref finished_object(PyObject* object);

// The Python object that a completed operation delivers; None for all but object receives.
Ref load_result(PyObject* buffer, MPI_Status* status);
// Drops the buffers of a request that has become null.
void forget_if_complete(Request& request);
MPI_Status empty_status();

// The method tables of request_many.cpp, for Request and Prequest.
const std::vector<PyMethodDef>& many_request_methods();
const std::vector<PyMethodDef>& start_all_methods();
void add_grequest(PyObject* module);

// Keeps `kept` until the request completes.
template <class Value>
void hold(Request& request, Kept<Value>&& kept) {
  Ref previous(std::exchange(request.ob_buf, std::move(kept).to_python().release()));
}

}  // namespace pylaunch::mpi
