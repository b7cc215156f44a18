// SPDX-License-Identifier: BSD-3-Clause
// Communicators made from communicators (MPI-4.0, section 7.4).
#include "comm.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

namespace {

// Split and the like give a plain class: subclasses belong to the original communicator.
PyTypeObject* family_of(Comm& self) {
  if (is_instance<Intracomm>(self.as_object())) {
    return &Intracomm::type;
  }
  return is_instance<Intercomm>(self.as_object()) ? &Intercomm::type : &Comm::type;
}

Ref duplicate(Comm& self) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_dup, self.ob_mpi, &comm);
  return adopt_comm(Py_TYPE(self.as_object()), comm);
}

Ref duplicate_with_info(Comm& self, Info& info) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_dup_with_info, self.ob_mpi, info.ob_mpi, &comm);
  return adopt_comm(Py_TYPE(self.as_object()), comm);
}

Ref duplicate_optional(Comm& self, Info* info) {
  return info == nullptr ? duplicate(self) : duplicate_with_info(self, *info);
}

// MPI writes the new handle when the request completes, so it goes straight into the object,
// which has to live until then.
template <class Start>
Ref start_duplicate(Comm& self, Start start) {
  Ref object = new_handle<Comm>(Py_TYPE(self.as_object()), MPI_COMM_NULL);
  Ref request = new_handle<Request>();
  start(&cast<Comm>(object.get()).ob_mpi, &cast<Request>(request.get()).ob_mpi);
  cast<Request>(request.get()).ob_buf = Ref::borrow(object.get()).release();
  set_error_policy(cast<Comm>(object.get()).ob_mpi);
  return tuple_of(std::move(object), std::move(request));
}

Ref start_duplicate_with_info(Comm& self, [[maybe_unused]] Info& info) {
  return start_duplicate(self, [&](MPI_Comm* comm, MPI_Request* request) {
#if MPI_VERSION >= 4
    blocking(MPI_Comm_idup_with_info, self.ob_mpi, info.ob_mpi, comm, request);
#else
    blocking(MPI_Comm_idup, self.ob_mpi, comm, request);  // hints may be ignored
#endif
  });
}

Ref start_duplicate_optional(Comm& self, Info* info) {
  if (info != nullptr) {
    return start_duplicate_with_info(self, *info);
  }
  return start_duplicate(self, [&](MPI_Comm* comm, MPI_Request* request) {
    blocking(MPI_Comm_idup, self.ob_mpi, comm, request);
  });
}

Ref create(Comm& self, Group& group) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_create, self.ob_mpi, group.ob_mpi, &comm);
  return adopt_comm(family_of(self), comm);
}

Ref split(Comm& self, Int<0> color, Int<0> key) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_split, self.ob_mpi, color.value, key.value, &comm);
  return adopt_comm(family_of(self), comm);
}

Ref split_type(Comm& self, int kind, Int<0> key, InfoOrNull info) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_split_type, self.ob_mpi, kind, key.value, info.handle, &comm);
  return adopt_comm(family_of(self), comm);
}

}  // namespace

const std::vector<PyMethodDef>& communicator_constructor_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Clone", &duplicate>("Clone an existing communicator."),
      method<"Dup", &duplicate_optional, "info">("Duplicate a communicator."),
      method<"Dup_with_info", &duplicate_with_info, "info">("Duplicate a communicator with hints."),
      method<"Idup", &start_duplicate_optional, "info">(
          "Nonblocking duplicate a communicator: (comm, request)."),
      method<"Idup_with_info", &start_duplicate_with_info, "info">(
          "Nonblocking duplicate a communicator with hints: (comm, request)."),
      method<"Create", &create, "group">("Create communicator from group."),
      method<"Split", &split, "color", "key">("Split communicator by color and key."),
      method<"Split_type", &split_type, "split_type", "key", "info">(
          "Split communicator by split type."),
  };
  return table;
}

}  // namespace pylaunch::mpi
