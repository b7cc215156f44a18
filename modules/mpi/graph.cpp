// SPDX-License-Identifier: BSD-3-Clause
// Graphcomm: graphs that every process knows as a whole (MPI-4.0, section 8.5.3).
#include "module.hpp"
#include "topology.hpp"

namespace pylaunch::mpi {

PyTypeObject Graphcomm::type{};

namespace {

struct Adjacency {
  std::vector<int> index;
  std::vector<int> edges;
  int nodes() const { return static_cast<int>(index.size()); }
};

// Also takes the usual form of adjacency arrays, whose index starts with a zero more.
Adjacency adjacency_argument(PyObject* index, PyObject* edges) {
  Adjacency graph{integers<int>(index), integers<int>(edges)};
  if (!graph.index.empty() && graph.index.front() == 0 &&
      graph.index.back() == static_cast<int>(graph.edges.size())) {
    graph.index.erase(graph.index.begin());
  }
  return graph;
}

Ref create_graph(Intracomm& self, PyObject* index, PyObject* edges, Int<0> reorder) {
  const Adjacency graph = adjacency_argument(index, edges);
  return create_topology(&Graphcomm::type, [&](MPI_Comm* comm) {
    return MPI_Graph_create(self.ob_mpi, graph.nodes(), data_or_spare(graph.index),
                            data_or_spare(graph.edges), reorder, comm);
  });
}

int graph_map(Intracomm& self, PyObject* index, PyObject* edges) {
  const Adjacency graph = adjacency_argument(index, edges);
  int rank = MPI_PROC_NULL;
  check(MPI_Graph_map(self.ob_mpi, graph.nodes(), data_or_spare(graph.index),
                      data_or_spare(graph.edges), &rank));
  return rank;
}

struct GraphSize {
  int nodes = 0;
  int edges = 0;
};
GraphSize graph_size(Graphcomm& self) {
  GraphSize size;
  check(MPI_Graphdims_get(self.ob_mpi, &size.nodes, &size.edges));
  return size;
}
Ref get_graph_dims(Graphcomm& self) {
  const GraphSize size = graph_size(self);
  return tuple_of(size.nodes, size.edges);
}
int graph_nodes(Graphcomm& self) { return graph_size(self).nodes; }
int graph_edges(Graphcomm& self) { return graph_size(self).edges; }

Adjacency graph_of(Graphcomm& self) {
  const GraphSize size = graph_size(self);
  Adjacency graph{std::vector<int>(static_cast<std::size_t>(size.nodes)),
                  std::vector<int>(static_cast<std::size_t>(size.edges))};
  check(MPI_Graph_get(self.ob_mpi, size.nodes, size.edges, data_or_spare(graph.index),
                      data_or_spare(graph.edges)));
  return graph;
}
Ref get_graph_topology(Graphcomm& self) {
  const Adjacency graph = graph_of(self);
  return tuple_of(list_of(graph.index), list_of(graph.edges));
}
Ref get_index(Graphcomm& self) { return list_of(graph_of(self).index); }
Ref get_edges(Graphcomm& self) { return list_of(graph_of(self).edges); }

int neighbors_count(Graphcomm& self, int rank) {
  int count = 0;
  check(MPI_Graph_neighbors_count(self.ob_mpi, rank, &count));
  return count;
}
Ref get_neighbors(Graphcomm& self, int rank) {
  std::vector<int> neighbors(static_cast<std::size_t>(neighbors_count(self, rank)));
  check(MPI_Graph_neighbors(self.ob_mpi, rank, static_cast<int>(neighbors.size()),
                            data_or_spare(neighbors)));
  return list_of(neighbors);
}
int own_neighbors_count(Graphcomm& self) { return neighbors_count(self, comm_rank(self.ob_mpi)); }
Ref own_neighbors(Graphcomm& self) { return get_neighbors(self, comm_rank(self.ob_mpi)); }

PyMethodDef* graph_constructors() {
  static PyMethodDef table[] = {
      method<"Create_graph", &create_graph, "index", "edges", "reorder">(
          "Create graph communicator."),
      method<"Graph_map", &graph_map, "index", "edges">(
          "Determine optimal process placement on a graph topology."),
      end_of_methods(),
  };
  return table;
}

PyMethodDef* graph_methods() {
  static PyMethodDef table[] = {
      method<"Get_dims", &get_graph_dims>("Return the number of nodes and edges."),
      method<"Get_topo", &get_graph_topology>("Return index and edges."),
      method<"Get_neighbors_count", &neighbors_count, "rank">(
          "Return number of neighbors of a process."),
      method<"Get_neighbors", &get_neighbors, "rank">("Return list of neighbors of a process."),
      end_of_methods(),
  };
  return table;
}

PyGetSetDef* graph_properties() {
  static PyGetSetDef table[] = {
      property<&get_graph_dims>("dims", "Number of nodes and edges."),
      property<&graph_nodes>("nnodes", "Number of nodes."),
      property<&graph_edges>("nedges", "Number of edges."),
      property<&get_graph_topology>("topo", "Topology information."),
      property<&get_index>("index", "Index."),
      property<&get_edges>("edges", "Edges."),
      property<&own_neighbors_count>("nneighbors", "Number of neighbors."),
      property<&own_neighbors>("neighbors", "Neighbors."),
      end_of_properties(),
  };
  return table;
}

}  // namespace

void add_graphcomm(PyObject* module) {
  extend_type(Intracomm::type, graph_constructors());
  define_handle_type<Graphcomm>(
      module,
      {"mpi4py.MPI.Graphcomm", "General graph topology intracommunicator.", graph_methods(),
       graph_properties(), &Topocomm::type},
      &make_topology<Graphcomm, MPI_GRAPH>);
}

}  // namespace pylaunch::mpi
