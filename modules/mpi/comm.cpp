// SPDX-License-Identifier: BSD-3-Clause
// Comm: what all communicators have (MPI-4.0, chapter 7).
#include "comm.hpp"

#include "accessors.hpp"
#include "buffered_sends.hpp"
#include "live_handles.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject Comm::type{};

PyMethodDef* joined(std::initializer_list<const std::vector<PyMethodDef>*> tables) {
  auto* all = new std::vector<PyMethodDef>;  // classes are never destroyed
  for (const auto* table : tables) {
    all->insert(all->end(), table->begin(), table->end());
  }
  all->push_back(end_of_methods());
  return all->data();
}

bool is_intercommunicator(MPI_Comm comm) {
  int inter = 0;
  check(MPI_Comm_test_inter(comm, &inter));
  return inter != 0;
}

int comm_rank(MPI_Comm comm) {
  int rank = MPI_PROC_NULL;
  check(MPI_Comm_rank(comm, &rank));
  return rank;
}

int comm_size(MPI_Comm comm) {
  int size = -1;
  check(MPI_Comm_size(comm, &size));
  return size;
}

int peer_count(MPI_Comm comm) {
  if (!is_intercommunicator(comm)) {
    return comm_size(comm);
  }
  int size = -1;
  check(MPI_Comm_remote_size(comm, &size));
  return size;
}

Ref adopt_comm(PyTypeObject* type, MPI_Comm comm) {
  Ref object = new_handle<Comm>(type, comm);
  if (comm != MPI_COMM_NULL) {
    remember_live(LiveCommunicator{comm});
    set_error_policy(comm);
  }
  return object;
}

namespace {

// ---- accessors ---------------------------------------------------------------------------------

int rank(Comm& self) { return comm_rank(self.ob_mpi); }
int size(Comm& self) { return comm_size(self.ob_mpi); }

int compare(Comm& self, Comm& comm) {
  int result = MPI_UNEQUAL;
  blocking(MPI_Comm_compare, self.ob_mpi, comm.ob_mpi, &result);
  return result;
}

bool is_inter(Comm& self) { return is_intercommunicator(self.ob_mpi); }
bool is_intra(Comm& self) { return !is_intercommunicator(self.ob_mpi); }

int topology(Comm& self) {
  int kind = MPI_UNDEFINED;
  check(MPI_Topo_test(self.ob_mpi, &kind));
  return kind;
}
bool is_topo(Comm& self) { return !is_inter(self) && topology(self) != MPI_UNDEFINED; }

std::string get_name(Comm& self) { return name_of<&MPI_Comm_get_name>(self, "MPI_COMM_NULL"); }
void set_name(Comm& self, Text name) { check(MPI_Comm_set_name(self.ob_mpi, name.text)); }

// ---- the end -----------------------------------------------------------------------------------

template <auto Function>
void free_or_disconnect(Comm& self) {
  MPI_Comm handle = self.ob_mpi;
  forget_live(LiveCommunicator{handle});
  blocking(Function, &handle);
  if ((self.flags & kConstant) == 0) {
    self.ob_mpi = handle;
  }
}

void abort(Comm& self, Int<0> errorcode) { check(MPI_Abort(self.ob_mpi, errorcode)); }

Ref get_parent(PyTypeObject*) {
  // One object for the whole run, so that it cannot be lost.
  static PyObject* parent = nullptr;
  if (parent == nullptr) {
    MPI_Comm comm = MPI_COMM_NULL;
    blocking(MPI_Comm_get_parent, &comm);
    Ref object = new_handle<Intercomm>(comm);
    cast<Comm>(object.get()).flags |= kConstant;
    if (comm != MPI_COMM_NULL) {
      set_error_policy(comm);
    }
    parent = object.release();
  }
  return Ref::borrow(parent);
}

Ref join(PyTypeObject*, int fd) {
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_join, fd, &comm);
  return adopt_comm(&Intercomm::type, comm);
}

const std::vector<PyMethodDef>& own_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Get_rank", &rank>("Return the rank of this process in a communicator."),
      method<"Get_size", &size>("Return the number of processes in a communicator."),
      method<"Get_group", &get_group<Comm, &MPI_Comm_group>>(
          "Access the group associated with a communicator."),
      method<"Compare", &compare, "comm">(
          "Compare two communicators: IDENT, CONGRUENT, SIMILAR or UNEQUAL."),
      method<"Free", &free_or_disconnect<&MPI_Comm_free>>("Free a communicator."),
      method<"Disconnect", &free_or_disconnect<&MPI_Comm_disconnect>>(
          "Disconnect from a communicator, after its pending communication."),
      method<"Set_info", &set_info<Comm, &MPI_Comm_set_info>, "info">(
          "Set new values for the hints associated with a communicator."),
      method<"Get_info", &get_info<Comm, &MPI_Comm_get_info>>(
          "Return the current hints for a communicator."),
      method<"Is_inter", &is_inter>("Return whether the communicator is an intercommunicator."),
      method<"Is_intra", &is_intra>("Return whether the communicator is an intracommunicator."),
      method<"Get_topology", &topology>(
          "Return the type of topology (if any) associated with a communicator."),
      method<"Get_parent", &get_parent>("Return the parent intercommunicator for this process."),
      method<"Join", &join, "fd">("Interconnect two processes connected by a socket."),
      method<"Abort", &abort, "errorcode">(
          "Terminate the MPI execution environment; cleanup at exit does not run."),
      method<"Get_name", &get_name>("Get the print name for this communicator."),
      method<"Set_name", &set_name, "name">("Set the print name for this communicator."),
      PYLAUNCH_HANDLE_METHODS(Comm),
  };
  return table;
}

PyGetSetDef* properties() {
  static PyGetSetDef table[] = {
      PYLAUNCH_HANDLE_PROPERTY(Comm),
      property<&get_group<Comm, &MPI_Comm_group>>("group", "Group."),
      property<&size>("size", "Number of processes."),
      property<&rank>("rank", "Rank of this process."),
      property<&get_info<Comm, &MPI_Comm_get_info>, &set_info<Comm, &MPI_Comm_set_info>>(
          "info", "Info hints."),
      property<&is_inter>("is_inter", "Is intercommunicator."),
      property<&is_intra>("is_intra", "Is intracommunicator."),
      property<&topology>("topology", "Topology type."),
      property<&is_topo>("is_topo", "Is a topology."),
      property<&get_name, &set_name>("name", "Print name."),
      end_of_properties(),
  };
  return table;
}

PyTypeObject* class_for(MPI_Comm comm) {
  if (comm == MPI_COMM_NULL) {
    return &Comm::type;
  }
  if (is_intercommunicator(comm)) {
    return &Intercomm::type;
  }
  int kind = MPI_UNDEFINED;
  check(MPI_Topo_test(comm, &kind));
  return kind == MPI_CART         ? &Cartcomm::type
         : kind == MPI_GRAPH      ? &Graphcomm::type
         : kind == MPI_DIST_GRAPH ? &Distgraphcomm::type
                                  : &Intracomm::type;
}

}  // namespace

void Comm::free(Comm& self) { free_or_disconnect<&MPI_Comm_free>(self); }

// The class follows from the communicator, whatever class it was asked of.
template <>
Ref handle_from<Comm>(PyTypeObject*, MPI_Comm handle) {
  return new_handle<Comm>(class_for(handle), handle);
}

void add_comm(PyObject* module) {
  PyMethodDef* methods = joined(
      {&own_methods(), &communicator_constructor_methods(), &point_to_point_buffer_methods(),
       &point_to_point_object_methods(), &collective_buffer_methods(), &reduction_buffer_methods(),
       &collective_object_methods(), &attribute_methods_of_comm(), &errhandler_methods_of_comm(),
       &fault_tolerance_methods(), &buffered_send_methods_of_comm()});
  define_handle_type<Comm>(module,
                           {"mpi4py.MPI.Comm", "Communication context.", methods, properties()});
  define_constant<Comm>(module, "COMM_NULL", MPI_COMM_NULL);
}

}  // namespace pylaunch::mpi
