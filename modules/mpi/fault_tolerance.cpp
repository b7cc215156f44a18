// SPDX-License-Identifier: BSD-3-Clause
// The fault tolerance methods of Comm (proposed for MPI-6): those of the MPI library, or what
// stands for them where a process that fails ends the job. As long as a program of such a library
// can ask, nobody has failed, and agreement and shrinking are plain collectives. Revoke cannot be
// had that way and is left out.
#include "comm.hpp"
#include "comm_context.hpp"
#include "module.hpp"
#include "request.hpp"

// Open MPI 5 has them as an extension. MPICH's MPIX_Comm_revoke and MPIX_Comm_agree are of no use:
// its device ch4 ends the job with a failed assertion when one is called.
#if defined(OPEN_MPI) && OMPI_MAJOR_VERSION >= 5
#include <mpi-ext.h>
#endif
#if defined(OMPI_HAVE_MPIX_COMM_GET_FAILED) && defined(OMPI_HAVE_MPIX_COMM_ACK_FAILED)
#define PYLAUNCH_HAS_FAULT_TOLERANCE 1
#else
#define PYLAUNCH_HAS_FAULT_TOLERANCE 0
#endif

namespace pylaunch::mpi {
namespace {

// ---- the library's own, or what stands for them ------------------------------------------------

#if PYLAUNCH_HAS_FAULT_TOLERANCE

void revoke(Comm& self) { blocking(MPIX_Comm_revoke, self.ob_mpi); }

MPI_Group failed_group(MPI_Comm comm) {
  MPI_Group failed = MPI_GROUP_NULL;
  check(MPIX_Comm_get_failed(comm, &failed));
  return failed;
}

int acknowledge(MPI_Comm comm, int num_to_ack) {
  int acknowledged = 0;
  check(MPIX_Comm_ack_failed(comm, num_to_ack, &acknowledged));
  return acknowledged;
}

bool is_revoked(Comm& self) {
  int flag = 0;
  check(MPIX_Comm_is_revoked(self.ob_mpi, &flag));
  return flag != 0;
}

int agree(Comm& self, int flag) {
  blocking(MPIX_Comm_agree, self.ob_mpi, &flag);
  return flag;
}

void start_agreement(MPI_Comm comm, int* flag, MPI_Request* request) {
  blocking(MPIX_Comm_iagree, comm, flag, request);
}

void shrink_into(MPI_Comm comm, MPI_Comm* survivors) {
  blocking(MPIX_Comm_shrink, comm, survivors);
}

#else

MPI_Group failed_group(MPI_Comm comm) {
  MPI_Group none = MPI_GROUP_NULL;
  MPI_Group all = MPI_GROUP_NULL;
  check(MPI_Comm_group(comm, &all));
  const int error = MPI_Group_incl(all, 0, nullptr, &none);
  check(MPI_Group_free(&all));
  check(error);
  return none;
}

int acknowledge(MPI_Comm, int) { return 0; }

bool is_revoked(Comm& self) {
  static_cast<void>(comm_size(self.ob_mpi));  // raises for a null communicator
  return false;
}

// Both sides of an intercommunicator take part in an agreement.
MPI_Comm everybody(MPI_Comm comm) {
  return is_intercommunicator(comm) ? comm_context(comm).merged : comm;
}

int agree(Comm& self, int flag) {
  blocking(MPI_Allreduce, static_cast<const void*>(MPI_IN_PLACE), static_cast<void*>(&flag), 1,
           MPI_INT, MPI_BAND, everybody(self.ob_mpi));
  return flag;
}

void start_agreement(MPI_Comm comm, int* flag, MPI_Request* request) {
  blocking(MPI_Iallreduce, static_cast<const void*>(MPI_IN_PLACE), static_cast<void*>(flag), 1,
           MPI_INT, MPI_BAND, everybody(comm), request);
}

void shrink_into(MPI_Comm comm, MPI_Comm* survivors) { blocking(MPI_Comm_dup, comm, survivors); }

#endif

// ---- the methods -------------------------------------------------------------------------------

Ref get_failed(Comm& self) { return new_handle<Group>(failed_group(self.ob_mpi)); }

int acknowledge_failed(Comm& self, Optional num_to_ack) {
  const int everyone = comm_size(self.ob_mpi);
  return acknowledge(self.ob_mpi,
                     num_to_ack.is_none() ? everyone : Argument<int>::from(num_to_ack));
}

Ref start_agree(Comm& self, PyObject* flag) {
  Kept<BufferView> view;
  view->acquire_contiguous(flag, Access::write, true);
  const char* format = view->raw().format;
  if (format == nullptr || format[0] != 'i' || format[1] != '\0' || view->bytes() != sizeof(int)) {
    fail(PyExc_ValueError, "flag: expecting a buffer of one C int");
  }
  Ref object = new_handle<Request>();
  Request& request = cast<Request>(object.get());
  start_agreement(self.ob_mpi, static_cast<int*>(view->address()), &request.ob_mpi);
  hold(request, std::move(view));
  return object;
}

PyTypeObject* family(Comm& self) {
  return is_instance<Intercomm>(self.as_object())   ? &Intercomm::type
         : is_instance<Intracomm>(self.as_object()) ? &Intracomm::type
                                                    : &Comm::type;
}

Ref shrink(Comm& self) {
  MPI_Comm comm = MPI_COMM_NULL;
  shrink_into(self.ob_mpi, &comm);
  return adopt_comm(family(self), comm);
}

// Open MPI 5.0 has no nonblocking one: like mpi4py's, it is a duplicate.
Ref start_shrink(Comm& self) {
  Ref comm = new_handle<Comm>(family(self), MPI_COMM_NULL);
  Ref request = new_handle<Request>();
  blocking(MPI_Comm_idup, self.ob_mpi, &cast<Comm>(comm.get()).ob_mpi,
           &cast<Request>(request.get()).ob_mpi);
  // MPI writes the handle when the request completes; until then the object must live.
  cast<Request>(request.get()).ob_buf = Ref::borrow(comm.get()).release();
  return tuple_of(std::move(comm), std::move(request));
}

}  // namespace

const std::vector<PyMethodDef>& fault_tolerance_methods() {
  static const std::vector<PyMethodDef> table {
#if PYLAUNCH_HAS_FAULT_TOLERANCE
    method<"Revoke", &revoke>(
        "Revoke the communicator: on every process of it, what waits for "
        "a message on it and later calls fail with ERR_REVOKED."),
#endif
        method<"Get_failed", &get_failed>(
            "Return the group of the processes that are known to have "
            "failed: empty where a failure ends the job."),
        method<"Ack_failed", &acknowledge_failed, "num_to_ack">(
            "Acknowledge failures; return how many are acknowledged: 0 where a failure ends the "
            "job."),
        method<"Is_revoked", &is_revoked>("Return whether the communicator was revoked."),
        method<"Agree", &agree, "flag">("Blocking agreement on the bitwise and of all flags."),
        method<"Iagree", &start_agree, "flag">(
            "Nonblocking agreement on the bitwise and of all flags, in a buffer of one C int."),
        method<"Shrink", &shrink>("Duplicate the communicator without its failed processes."),
        method<"Ishrink", &start_shrink>(
            "Nonblocking duplicate of the communicator; no process of it may have failed."),
  };
  return table;
}

}  // namespace pylaunch::mpi
