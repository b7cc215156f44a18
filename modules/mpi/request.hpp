// SPDX-License-Identifier: BSD-3-Clause
// What the objects in Request.ob_buf are.
#pragma once

#include "message_spec.hpp"

namespace pylaunch::mpi {

// The memory that a pickled message is being received into; completion unpickles it.
struct PendingObject {
    BufferView view;      // memory of the user's, or
    Ref bytes;            // of ours
    char* address = nullptr;
    Count capacity = 0;
};

// What `wait` will return for this memory.
Ref pending_object(std::unique_ptr<PendingObject> memory);
// What `wait` will return is this very object (generalized requests).
Ref finished_object(PyObject* object);

// Keeps `held` until the request completes.
template <class Held>
void hold(Request& request, std::unique_ptr<Held> held) {
    Ref previous(std::exchange(request.ob_buf, keep_alive(std::move(held)).release()));
}

}  // namespace pylaunch::mpi
