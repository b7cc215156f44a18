// SPDX-License-Identifier: BSD-3-Clause
// Session (MPI-4.0, section 11.3).
#include "accessors.hpp"
#include "buffered_sends.hpp"
#include "comm.hpp"
#include "errhandler.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject Session::type{};

#if MPI_VERSION >= 4

SessionHandle Session::null() { return MPI_SESSION_NULL; }
MPI_Fint Session::to_fortran(Handle handle) { return MPI_Session_c2f(handle); }
SessionHandle Session::from_fortran(MPI_Fint value) { return MPI_Session_f2c(value); }

namespace {

Ref init(PyTypeObject* type, InfoOrNull info, Errhandler* errhandler) {
  const MPI_Errhandler policy =
      options().errors == Options::Errors::exception ? MPI_ERRORS_RETURN : MPI_ERRORS_ARE_FATAL;
  MPI_Session session = MPI_SESSION_NULL;
  blocking(MPI_Session_init, info.handle, errhandler == nullptr ? policy : errhandler->ob_mpi,
           &session);
  // As mpi4py does; MPICH 4.0 forgets the handler that it was given.
  set_session_error_policy(session);
  return new_handle<Session>(type, session);
}

void finalize(Session& self) {
  MPI_Session handle = self.ob_mpi;
  blocking(MPI_Session_finalize, &handle);
  if ((self.flags & kConstant) == 0) {
    self.ob_mpi = handle;
  }
}

int num_psets(Session& self, InfoOrNull info) {
  int count = -1;
  check(MPI_Session_get_num_psets(self.ob_mpi, info, &count));
  return count;
}

std::string nth_pset(Session& self, int n, InfoOrNull info) {
  int size = 0;
  check(MPI_Session_get_nth_pset(self.ob_mpi, info, n, &size, nullptr));
  std::string name(static_cast<std::size_t>(size), '\0');
  check(MPI_Session_get_nth_pset(self.ob_mpi, info, n, &size, name.data()));
  return name.c_str();
}

Ref pset_info(Session& self, Text pset_name) {
  MPI_Info info = MPI_INFO_NULL;
  check(MPI_Session_get_pset_info(self.ob_mpi, pset_name.text, &info));
  return new_handle<Info>(info);
}

Ref create_group(Session& self, Text pset_name) {
  MPI_Group group = MPI_GROUP_NULL;
  check(MPI_Group_from_session_pset(self.ob_mpi, pset_name.text, &group));
  return new_handle<Group>(group);
}

const std::vector<PyMethodDef>& own_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Init", &init, "info", "errhandler">("Create a new session."),
      method<"Finalize", &finalize>("Finalize a session."),
      method<"Get_num_psets", &num_psets, "info">("Number of available process sets."),
      method<"Get_nth_pset", &nth_pset, "n", "info">("Name of the *n*-th process set."),
      method<"Get_info", &get_info<Session, &MPI_Session_get_info>>(
          "Return the current hints for a session."),
      method<"Get_pset_info", &pset_info, "pset_name">(
          "Return the current hints for a session and process set."),
      method<"Create_group", &create_group, "pset_name">(
          "Create a new group from session and process set."),
      PYLAUNCH_HANDLE_METHODS(Session),
  };
  return table;
}

PyMethodDef* methods() {
  return joined(
      {&own_methods(), &errhandler_methods_of_session(), &buffered_send_methods_of_session()});
}

}  // namespace

void Session::free(Session& self) { finalize(self); }

#else

SessionHandle Session::null() { return nullptr; }
MPI_Fint Session::to_fortran(Handle) { return 0; }
SessionHandle Session::from_fortran(MPI_Fint) { return nullptr; }
void Session::free(Session& self) { self.ob_mpi = null(); }

namespace {
PyMethodDef* methods() {
  static PyMethodDef table[] = {PYLAUNCH_HANDLE_METHODS(Session), end_of_methods()};
  return table;
}
}  // namespace

#endif

void add_session(PyObject* module) {
  static PyGetSetDef properties[] = {
      PYLAUNCH_HANDLE_PROPERTY(Session),
      end_of_properties(),
  };
  define_handle_type<Session>(module,
                              {"mpi4py.MPI.Session", "Session context.", methods(), properties});
  define_constant<Session>(module, "SESSION_NULL", Session::null());
}

}  // namespace pylaunch::mpi
