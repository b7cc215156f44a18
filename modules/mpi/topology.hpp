// SPDX-License-Identifier: BSD-3-Clause
// What the files about communicators with a topology share.
#pragma once

#include "comm.hpp"

namespace pylaunch::mpi {

// MPI_CART, MPI_GRAPH, MPI_DIST_GRAPH or MPI_UNDEFINED.
int topology_of(MPI_Comm comm);

// Each adds its class to the module, and to Intracomm what makes it. Topocomm must be there.
void add_cartcomm(PyObject* module);
void add_graphcomm(PyObject* module);
void add_distgraphcomm(PyObject* module);

// The neighbours of this process in a distributed graph.
struct DistNeighbors {
  std::vector<int> in, in_weights, out, out_weights;
  bool weighted = false;
};
DistNeighbors dist_neighbors(MPI_Comm comm);

// Raises TypeError unless the communicator has topology `kind`; MPI_UNDEFINED: has any.
void require_topology(MPI_Comm comm, int kind, const PyTypeObject& type);

// Class(comm) takes only a communicator with its topology, or a null one.
template <class Object, int kind>
PyObject* make_topology(PyTypeObject* type, PyObject* args, PyObject* kwds) {
  return guarded([&] {
    Ref object = own(handle_new<Object>(type, args, kwds));
    require_topology(cast<Comm>(object.get()).ob_mpi, kind, Object::type);
    return object.release();
  });
}

// `call(&comm)` makes the communicator, and may block.
template <class Call>
Ref create_topology(PyTypeObject* type, Call call) {
  MPI_Comm comm = MPI_COMM_NULL;
  int error = MPI_SUCCESS;
  {
    WithoutGil released;
    error = call(&comm);
  }
  check(error);
  return adopt_comm(type, comm);
}

// Without neighbours or edges there is nothing to send or read, and MPI refuses null pointers even
// then.
template <class Values>
auto data_or_spare(Values& values) {
  static typename Values::value_type spare{};
  return values.empty() ? &spare : values.data();
}

}  // namespace pylaunch::mpi
