// SPDX-License-Identifier: BSD-3-Clause
// Matched probes of pickled messages, for Comm.mprobe and Message.
#pragma once

#include "handle.hpp"

namespace pylaunch::mpi {

// A Message of `type` whose pickle will be received into memory of the right size; the second
// returns None when no message is there.
Ref match_object(PyTypeObject* type, MPI_Comm comm, int source, int tag, Status* status);
Ref match_object_now(PyTypeObject* type, MPI_Comm comm, int source, int tag, Status* status);

}  // namespace pylaunch::mpi
