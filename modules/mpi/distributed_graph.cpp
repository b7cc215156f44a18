// SPDX-License-Identifier: BSD-3-Clause
// Distgraphcomm: graphs of which a process knows its own edges (MPI-4.0, section 8.5.4).
#include "module.hpp"
#include "topology.hpp"

namespace pylaunch::mpi {

PyTypeObject Distgraphcomm::type{};

namespace {

// Edge weights: integers, or one of MPI's two special addresses.
struct Weights {
  std::vector<int> values;
  const int* special = nullptr;
  const int* data() const { return special != nullptr ? special : values.data(); }
};

bool is_address(PyObject* object, const void* address) {
  return PyLong_CheckExact(object) &&
         Argument<long long>::from(object) == reinterpret_cast<long long>(address);
}

Weights weights_argument(PyObject* object, std::size_t expected) {
  if (object == Py_None || is_address(object, MPI_UNWEIGHTED)) {
    return {{}, MPI_UNWEIGHTED};
  }
  if (is_address(object, MPI_WEIGHTS_EMPTY)) {
    if (expected > 0) {
      fail(PyExc_ValueError, "empty weights but nonzero degree");
    }
    return {{}, MPI_WEIGHTS_EMPTY};
  }
  return {integers<int>(object, expected), nullptr};
}

std::vector<int> integers_or_none(PyObject* object) {
  return object == Py_None ? std::vector<int>{} : integers<int>(object);
}

Ref create_dist_graph_adjacent(Intracomm& self, PyObject* sources, PyObject* destinations,
                               Optional sourceweights, Optional destweights, InfoOrNull info,
                               Int<0> reorder) {
  const auto from = integers_or_none(sources);
  const auto to = integers_or_none(destinations);
  const Weights from_weights = weights_argument(sourceweights, from.size());
  const Weights to_weights = weights_argument(destweights, to.size());
  return create_topology(&Distgraphcomm::type, [&](MPI_Comm* comm) {
    return MPI_Dist_graph_create_adjacent(self.ob_mpi, static_cast<int>(from.size()), from.data(),
                                          from_weights.data(), static_cast<int>(to.size()),
                                          to.data(), to_weights.data(), info, reorder, comm);
  });
}

Ref create_dist_graph(Intracomm& self, PyObject* sources, PyObject* degrees, PyObject* destinations,
                      Optional weights, InfoOrNull info, Int<0> reorder) {
  const auto nodes = integers<int>(sources);
  const auto counts = integers<int>(degrees, nodes.size());
  std::size_t edges = 0;
  for (int count : counts) {
    edges += static_cast<std::size_t>(std::max(count, 0));
  }
  const auto to = integers<int>(destinations, edges);
  const Weights edge_weights = weights_argument(weights, edges);
  return create_topology(&Distgraphcomm::type, [&](MPI_Comm* comm) {
    return MPI_Dist_graph_create(self.ob_mpi, static_cast<int>(nodes.size()), nodes.data(),
                                 counts.data(), to.data(), edge_weights.data(), info, reorder,
                                 comm);
  });
}

struct DistGraphSize {
  int in = 0;
  int out = 0;
  int weighted = 0;
};
DistGraphSize dist_graph_size(MPI_Comm comm) {
  DistGraphSize size;
  check(MPI_Dist_graph_neighbors_count(comm, &size.in, &size.out, &size.weighted));
  return size;
}
Ref get_dist_neighbors_count(Distgraphcomm& self) {
  const DistGraphSize size = dist_graph_size(self.ob_mpi);
  return tuple_of(size.in, size.out, size.weighted != 0);
}

Ref get_dist_neighbors(Distgraphcomm& self) {
  const DistNeighbors found = dist_neighbors(self.ob_mpi);
  Ref weights = found.weighted ? tuple_of(list_of(found.in_weights), list_of(found.out_weights))
                               : Ref::borrow(Py_None);
  return tuple_of(list_of(found.in), list_of(found.out), std::move(weights));
}

PyMethodDef* dist_graph_constructors() {
  static PyMethodDef table[] = {
      method<"Create_dist_graph_adjacent", &create_dist_graph_adjacent, "sources", "destinations",
             "sourceweights", "destweights", "info", "reorder">(
          "Create distributed graph communicator."),
      method<"Create_dist_graph", &create_dist_graph, "sources", "degrees", "destinations",
             "weights", "info", "reorder">("Create distributed graph communicator."),
      end_of_methods(),
  };
  return table;
}

PyMethodDef* dist_graph_methods() {
  static PyMethodDef table[] = {
      method<"Get_dist_neighbors_count", &get_dist_neighbors_count>(
          "Return adjacency information for a distributed graph topology."),
      method<"Get_dist_neighbors", &get_dist_neighbors>(
          "Return sources, destinations, and their weights or None."),
      end_of_methods(),
  };
  return table;
}

}  // namespace

DistNeighbors dist_neighbors(MPI_Comm comm) {
  const DistGraphSize size = dist_graph_size(comm);
  DistNeighbors found;
  found.weighted = size.weighted != 0;
  // Never empty: a null pointer might be one of MPI's special addresses.
  for (auto* list : {&found.in, &found.in_weights}) {
    list->resize(static_cast<std::size_t>(size.in));
    list->reserve(1);
  }
  for (auto* list : {&found.out, &found.out_weights}) {
    list->resize(static_cast<std::size_t>(size.out));
    list->reserve(1);
  }
  check(MPI_Dist_graph_neighbors(
      comm, size.in, found.in.data(), found.weighted ? found.in_weights.data() : MPI_UNWEIGHTED,
      size.out, found.out.data(), found.weighted ? found.out_weights.data() : MPI_UNWEIGHTED));
  return found;
}

void add_distgraphcomm(PyObject* module) {
  extend_type(Intracomm::type, dist_graph_constructors());
  define_handle_type<Distgraphcomm>(
      module,
      {"mpi4py.MPI.Distgraphcomm", "Distributed graph topology intracommunicator.",
       dist_graph_methods(), nullptr, &Topocomm::type},
      &make_topology<Distgraphcomm, MPI_DIST_GRAPH>);
}

}  // namespace pylaunch::mpi
