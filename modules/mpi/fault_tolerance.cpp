// SPDX-License-Identifier: BSD-3-Clause
// The fault tolerance methods of Comm (proposed for MPI-6) where MPI has none of it: a process that
// fails ends the job, so as long as a program can ask, nobody has failed. Agreement and shrinking
// then are plain collectives. Revoke cannot be had this way and is not defined here.
#include "comm.hpp"
#include "comm_context.hpp"
#include "module.hpp"
#include "request.hpp"

namespace pylaunch::mpi {
namespace {

Ref get_failed(Comm& self) {
  static_cast<void>(comm_size(self.ob_mpi));  // raises for a null communicator
  MPI_Group none = MPI_GROUP_NULL;
  MPI_Group all = MPI_GROUP_NULL;
  check(MPI_Comm_group(self.ob_mpi, &all));
  const int error = MPI_Group_incl(all, 0, nullptr, &none);
  check(MPI_Group_free(&all));
  check(error);
  return new_handle<Group>(none);
}

int acknowledge_failed(Comm& self, Optional num_to_ack) {
  static_cast<void>(comm_size(self.ob_mpi));
  if (!num_to_ack.is_none()) {
    static_cast<void>(Argument<int>::from(num_to_ack));
  }
  return 0;
}

bool is_revoked(Comm& self) {
  static_cast<void>(comm_size(self.ob_mpi));
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

Ref start_agree(Comm& self, PyObject* flag) {
  Kept<BufferView> view;
  view->acquire_contiguous(flag, Access::write, true);
  const char* format = view->raw().format;
  if (format == nullptr || format[0] != 'i' || format[1] != '\0' || view->bytes() != sizeof(int)) {
    fail(PyExc_ValueError, "flag: expecting a buffer of one C int");
  }
  Ref object = new_handle<Request>();
  Request& request = cast<Request>(object.get());
  blocking(MPI_Iallreduce, static_cast<const void*>(MPI_IN_PLACE), view->address(), 1, MPI_INT,
           MPI_BAND, everybody(self.ob_mpi), &request.ob_mpi);
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
  blocking(MPI_Comm_dup, self.ob_mpi, &comm);
  return adopt_comm(family(self), comm);
}

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
  static const std::vector<PyMethodDef> table{
      method<"Get_failed", &get_failed>(
          "Return the group of failed processes: empty, as a failure ends the job."),
      method<"Ack_failed", &acknowledge_failed, "num_to_ack">(
          "Acknowledge failures; return how many are acknowledged: 0."),
      method<"Is_revoked", &is_revoked>("Return whether the communicator was revoked: False."),
      method<"Agree", &agree, "flag">("Blocking agreement on the bitwise and of all flags."),
      method<"Iagree", &start_agree, "flag">(
          "Nonblocking agreement on the bitwise and of all flags, in a buffer of one C int."),
      method<"Shrink", &shrink>("Duplicate the communicator without its failed processes."),
      method<"Ishrink", &start_shrink>(
          "Nonblocking duplicate of the communicator without its failed processes."),
  };
  return table;
}

}  // namespace pylaunch::mpi
