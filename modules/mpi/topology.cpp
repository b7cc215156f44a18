// SPDX-License-Identifier: BSD-3-Clause
// Topocomm: what communicators with any topology have (MPI-4.0, chapter 8).
#include "topology.hpp"

#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject Topocomm::type{};

namespace {

struct Edges {
  std::vector<int> in;
  std::vector<int> out;
};

Edges edges_of(Topocomm& self) {
  const MPI_Comm comm = self.ob_mpi;
  Edges edges;
  switch (topology_of(comm)) {
    case MPI_CART: {
      int count = 0;
      check(MPI_Cartdim_get(comm, &count));
      for (int dimension = 0; dimension < count; ++dimension) {
        int source = MPI_PROC_NULL;
        int dest = MPI_PROC_NULL;
        check(MPI_Cart_shift(comm, dimension, 1, &source, &dest));
        edges.in.insert(edges.in.end(), {source, dest});
      }
      edges.out = edges.in;
      break;
    }
    case MPI_GRAPH: {
      const int rank = comm_rank(comm);
      int count = 0;
      check(MPI_Graph_neighbors_count(comm, rank, &count));
      edges.in.resize(static_cast<std::size_t>(count));
      check(MPI_Graph_neighbors(comm, rank, count, data_or_spare(edges.in)));
      edges.out = edges.in;
      break;
    }
    case MPI_DIST_GRAPH: {
      DistNeighbors found = dist_neighbors(comm);
      edges = {std::move(found.in), std::move(found.out)};
      break;
    }
    default: break;
  }
  return edges;
}

Ref get_degrees(Topocomm& self) {
  const Degrees degrees = neighbor_counts(self.ob_mpi);
  return tuple_of(degrees.in, degrees.out);
}
int indegree(Topocomm& self) { return neighbor_counts(self.ob_mpi).in; }
int outdegree(Topocomm& self) { return neighbor_counts(self.ob_mpi).out; }
Ref inoutedges(Topocomm& self) {
  const Edges edges = edges_of(self);
  return tuple_of(list_of(edges.in), list_of(edges.out));
}
Ref inedges(Topocomm& self) { return list_of(edges_of(self).in); }
Ref outedges(Topocomm& self) { return list_of(edges_of(self).out); }

PyGetSetDef* topology_properties() {
  static PyGetSetDef table[] = {
      property<&get_degrees>("degrees", "Number of incoming and outgoing neighbors."),
      property<&indegree>("indegree", "Number of incoming neighbors."),
      property<&outdegree>("outdegree", "Number of outgoing neighbors."),
      property<&inoutedges>("inoutedges", "Incoming and outgoing neighbors."),
      property<&inedges>("inedges", "Incoming neighbors."),
      property<&outedges>("outedges", "Outgoing neighbors."),
      end_of_properties(),
  };
  return table;
}

}  // namespace

int topology_of(MPI_Comm comm) {
  int kind = MPI_UNDEFINED;
  check(MPI_Topo_test(comm, &kind));
  return kind;
}

void require_topology(MPI_Comm comm, int kind, const PyTypeObject& type) {
  if (comm == MPI_COMM_NULL) {
    return;
  }
  if (is_intercommunicator(comm)) {
    fail(PyExc_TypeError, "expecting an intracommunicator");
  }
  const int found = topology_of(comm);
  if (kind == MPI_UNDEFINED ? found == MPI_UNDEFINED : found != kind) {
    fail(PyExc_TypeError, "expecting a topology communicator of class %.200s", type.tp_name);
  }
}

Degrees neighbor_counts(MPI_Comm comm) {
  Degrees degrees;
  switch (topology_of(comm)) {
    case MPI_CART: {
      int dimensions = 0;
      check(MPI_Cartdim_get(comm, &dimensions));
      degrees = {2 * dimensions, 2 * dimensions};
      break;
    }
    case MPI_GRAPH: {
      int count = 0;
      check(MPI_Graph_neighbors_count(comm, comm_rank(comm), &count));
      degrees = {count, count};
      break;
    }
    case MPI_DIST_GRAPH: {
      int weighted = 0;
      check(MPI_Dist_graph_neighbors_count(comm, &degrees.in, &degrees.out, &weighted));
      break;
    }
    default: degrees = {comm_size(comm), comm_size(comm)};
  }
  return degrees;
}

void add_topology(PyObject* module) {
  define_handle_type<Topocomm>(module,
                               {"mpi4py.MPI.Topocomm", "Topology intracommunicator.",
                                joined({&neighbor_buffer_methods(), &neighbor_object_methods()}),
                                topology_properties(), &Intracomm::type},
                               &make_topology<Topocomm, MPI_UNDEFINED>);
  add_cartcomm(module);
  add_graphcomm(module);
  add_distgraphcomm(module);
}

}  // namespace pylaunch::mpi
