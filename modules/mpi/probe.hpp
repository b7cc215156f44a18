// SPDX-License-Identifier: BSD-3-Clause
// Probes: those that upper and lower case share, matched ones of MPI's own, and those of pickled
// messages for Comm.mprobe and Message.
#pragma once

#include "handle.hpp"

namespace pylaunch::mpi {

using AnySource = Int<MPI_ANY_SOURCE>;
using AnyTag = Int<MPI_ANY_TAG>;

inline bool probe(Comm& self, AnySource source, AnyTag tag, Status* status) {
  blocking(MPI_Probe, source.value, tag.value, self.ob_mpi, status_pointer(status));
  return true;
}

inline bool probe_now(Comm& self, AnySource source, AnyTag tag, Status* status) {
  int flag = 0;
  blocking(MPI_Iprobe, source.value, tag.value, self.ob_mpi, &flag, status_pointer(status));
  return flag != 0;
}

// Open MPI 4.1 takes a null handle in these calls to the error handler of MPI_COMM_NULL, which ends
// the job. It is an exception, as from any other call.
#ifdef OPEN_MPI
inline constexpr bool kNullEndsTheJob = true;
#else
inline constexpr bool kNullEndsTheJob = false;
#endif

// MPI_Mprobe.
inline int matched_probe(int source, int tag, MPI_Comm comm, MPI_Message* message,
                         MPI_Status* status) {
  if (kNullEndsTheJob && comm == MPI_COMM_NULL) return MPI_ERR_COMM;
  return MPI_Mprobe(source, tag, comm, message, status);
}

// MPI_Improbe.
inline int matched_probe_now(int source, int tag, MPI_Comm comm, int* flag, MPI_Message* message,
                             MPI_Status* status) {
  if (kNullEndsTheJob && comm == MPI_COMM_NULL) return MPI_ERR_COMM;
  return MPI_Improbe(source, tag, comm, flag, message, status);
}

// The handle for MPI_Mrecv and MPI_Imrecv.
inline MPI_Message handle_to_receive(const Message& message) {
  if (kNullEndsTheJob && message.ob_mpi == MPI_MESSAGE_NULL) check(MPI_ERR_REQUEST);
  return message.ob_mpi;
}

// A Message of `type` whose pickle will be received into memory of the right size; the second
// returns None when no message is there.
Ref match_object(PyTypeObject* type, MPI_Comm comm, int source, int tag, Status* status);
Ref match_object_now(PyTypeObject* type, MPI_Comm comm, int source, int tag, Status* status);

}  // namespace pylaunch::mpi
