// SPDX-License-Identifier: BSD-3-Clause
// Intracomm and Intercomm (MPI-4.0, chapter 7), and process creation (chapter 11).
#include "comm.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject Intracomm::type{};
PyTypeObject Intercomm::type{};

namespace {

// Class(comm) must be given a communicator of the right kind.
template <class Object, bool inter>
PyObject* make(PyTypeObject* type, PyObject* args, PyObject* kwds) {
  return guarded([&] {
    Ref object = own(handle_new<Object>(type, args, kwds));
    const MPI_Comm comm = cast<Comm>(object.get()).ob_mpi;
    if (comm != MPI_COMM_NULL && is_intercommunicator(comm) != inter) {
      fail(PyExc_TypeError,
           inter ? "expecting an intercommunicator" : "expecting an intracommunicator");
    }
    return object.release();
  });
}

// ---- Intracomm ---------------------------------------------------------------------------------

Ref create_group(Intracomm& self, Group& group, Int<0> tag) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_create_group, self.ob_mpi, group.ob_mpi, tag.value, &comm);
  return adopt_comm(&Intracomm::type, comm);
}

Ref create_intercomm(Intracomm& self, int local_leader, Intracomm& peer_comm, int remote_leader,
                     Int<0> tag) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Intercomm_create, self.ob_mpi, local_leader, peer_comm.ob_mpi, remote_leader,
           tag.value, &comm);
  return adopt_comm(&Intercomm::type, comm);
}

#if MPI_VERSION >= 4
MPI_Errhandler errhandler_or_policy(Errhandler* errhandler) {
  if (errhandler != nullptr) {
    return errhandler->ob_mpi;
  }
  return options().errors == Options::Errors::abort       ? MPI_ERRORS_ABORT
         : options().errors == Options::Errors::exception ? MPI_ERRORS_RETURN
                                                          : MPI_ERRORS_ARE_FATAL;
}

const char* tag_or_default(PyObject* tag) {
  return tag == Py_None ? "org.mpi4py" : Argument<Text>::from(tag).text;
}

Ref create_from_group(PyTypeObject*, Group& group, Optional stringtag, InfoOrNull info,
                      Errhandler* errhandler) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_create_from_group, group.ob_mpi, tag_or_default(stringtag), info.handle,
           errhandler_or_policy(errhandler), &comm);
  return new_handle<Intracomm>(comm);
}

Ref create_from_groups(PyTypeObject*, Group& local_group, int local_leader, Group& remote_group,
                       int remote_leader, Optional stringtag, InfoOrNull info,
                       Errhandler* errhandler) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Intercomm_create_from_groups, local_group.ob_mpi, local_leader, remote_group.ob_mpi,
           remote_leader, tag_or_default(stringtag), info.handle, errhandler_or_policy(errhandler),
           &comm);
  return new_handle<Intercomm>(comm);
}
#endif

Ref accept(Intracomm& self, Text port_name, InfoOrNull info, Int<0> root) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_accept, port_name.text, info.handle, root.value, self.ob_mpi, &comm);
  return adopt_comm(&Intercomm::type, comm);
}

Ref connect(Intracomm& self, Text port_name, InfoOrNull info, Int<0> root) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_connect, port_name.text, info.handle, root.value, self.ob_mpi, &comm);
  return adopt_comm(&Intercomm::type, comm);
}

const std::vector<PyMethodDef>& intracomm_methods() {
  static const std::vector<PyMethodDef> table {
    method<"Create_group", &create_group, "group", "tag">("Create communicator from group."),
        method<"Create_intercomm", &create_intercomm, "local_leader", "peer_comm", "remote_leader",
               "tag">("Create intercommunicator."),
#if MPI_VERSION >= 4
        method<"Create_from_group", &create_from_group, "group", "stringtag", "info", "errhandler">(
            "Create communicator from group."),
#endif
        method<"Accept", &accept, "port_name", "info", "root">(
            "Accept a request to form a new intercommunicator."),
        method<"Connect", &connect, "port_name", "info", "root">(
            "Make a request to form a new intercommunicator."),
  };
  return table;
}

// ---- Intercomm ---------------------------------------------------------------------------------

Ref remote_group(Intercomm& self) {
  MPI_Group group = MPI_GROUP_NULL;
  blocking(MPI_Comm_remote_group, self.ob_mpi, &group);
  return new_handle<Group>(group);
}

int remote_size(Intercomm& self) {
  int size = -1;
  check(MPI_Comm_remote_size(self.ob_mpi, &size));
  return size;
}

Ref merge(Intercomm& self, Int<0> high) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Intercomm_merge, self.ob_mpi, high.value, &comm);
  return adopt_comm(&Intracomm::type, comm);
}

PyMethodDef* intercomm_methods() {
  static PyMethodDef table[] = {
#if MPI_VERSION >= 4
    method<"Create_from_groups", &create_from_groups, "local_group", "local_leader", "remote_group",
           "remote_leader", "stringtag", "info", "errhandler">("Create communicator from group."),
#endif
    method<"Get_remote_group", &remote_group>(
        "Access the remote group associated with the inter-communicator."),
    method<"Get_remote_size", &remote_size>("Intercommunicator remote size."),
    method<"Merge", &merge, "high">("Merge intercommunicator into an intracommunicator."),
    end_of_methods(),
  };
  return table;
}

}  // namespace

void add_intracomm(PyObject* module) {
  static PyGetSetDef intercomm_properties[] = {
      property<&remote_group>("remote_group", "Remote group."),
      property<&remote_size>("remote_size", "Number of remote processes."),
      end_of_properties(),
  };
  define_handle_type<Intracomm>(module,
                                {"mpi4py.MPI.Intracomm", "Intracommunicator.",
                                 joined({&intracomm_methods(), &scan_buffer_methods(),
                                         &scan_object_methods(), &spawn_methods()}),
                                 nullptr, &Comm::type},
                                &make<Intracomm, false>);
  define_handle_type<Intercomm>(module,
                                {"mpi4py.MPI.Intercomm", "Intercommunicator.", intercomm_methods(),
                                 intercomm_properties, &Comm::type},
                                &make<Intercomm, true>);
  define_constant<Intracomm>(module, "COMM_SELF", MPI_COMM_SELF);
  define_constant<Intracomm>(module, "COMM_WORLD", MPI_COMM_WORLD);
}

}  // namespace pylaunch::mpi
