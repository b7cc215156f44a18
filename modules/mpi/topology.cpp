// SPDX-License-Identifier: BSD-3-Clause
// Communicators with a topology (MPI-4.0, chapter 8), and how they are made.
#include "comm.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject Topocomm::type{};
PyTypeObject Cartcomm::type{};
PyTypeObject Graphcomm::type{};
PyTypeObject Distgraphcomm::type{};

namespace {

int topology_of(MPI_Comm comm) {
    int kind = MPI_UNDEFINED;
    check(MPI_Topo_test(comm, &kind));
    return kind;
}

// Class(comm) must be given a communicator with this topology; MPI_UNDEFINED: with any.
template <class Object, int kind>
PyObject* make(PyTypeObject* type, PyObject* args, PyObject* kwds) {
    return guarded([&] {
        Ref object = own(handle_new<Object>(type, args, kwds));
        const MPI_Comm comm = cast<Comm>(object.get()).ob_mpi;
        if (comm == MPI_COMM_NULL) {
            return object.release();
        }
        if (is_intercommunicator(comm)) {
            fail(PyExc_TypeError, "expecting an intracommunicator");
        }
        const int found = topology_of(comm);
        if (kind == MPI_UNDEFINED ? found == MPI_UNDEFINED : found != kind) {
            fail(PyExc_TypeError, "expecting a topology communicator of class %.200s",
                 Object::type.tp_name);
        }
        return object.release();
    });
}

template <class Call>
Ref create(PyTypeObject* type, Call call) {
    MPI_Comm comm = MPI_COMM_NULL;
    int error = MPI_SUCCESS;
    {
        WithoutGil released;
        error = call(&comm);
    }
    check(error);
    return adopt_comm(type, comm);
}

// ---- Cartesian ---------------------------------------------------------------------------------

struct Grid {
    std::vector<int> dims;
    std::vector<int> periods;
    int size() const { return static_cast<int>(dims.size()); }
};

// `periods` may be one truth value for all dimensions.
Grid grid_argument(PyObject* dims, PyObject* periods) {
    Grid grid{integers<int>(dims), {}};
    if (periods == Py_None || PyBool_Check(periods)) {
        grid.periods.assign(grid.dims.size(), periods == Py_True ? 1 : 0);
    } else {
        grid.periods = integers<int>(periods, grid.dims.size());
    }
    return grid;
}

Ref create_cart(Intracomm& self, PyObject* dims, Optional periods, Int<0> reorder) {
    const Grid grid = grid_argument(dims, periods);
    return create(&Cartcomm::type, [&](MPI_Comm* comm) {
        return MPI_Cart_create(self.ob_mpi, grid.size(), grid.dims.data(), grid.periods.data(),
                               reorder, comm);
    });
}

int cart_map(Intracomm& self, PyObject* dims, Optional periods) {
    const Grid grid = grid_argument(dims, periods);
    int rank = MPI_PROC_NULL;
    check(MPI_Cart_map(self.ob_mpi, grid.size(), grid.dims.data(), grid.periods.data(), &rank));
    return rank;
}

int dimensions(Cartcomm& self) {
    int count = 0;
    check(MPI_Cartdim_get(self.ob_mpi, &count));
    return count;
}

struct CartTopology {
    std::vector<int> dims;
    std::vector<int> periods;
    std::vector<int> coords;
};

CartTopology cart_topology(Cartcomm& self) {
    const int count = dimensions(self);
    const auto size = static_cast<std::size_t>(count);
    CartTopology found{std::vector<int>(size), std::vector<int>(size), std::vector<int>(size)};
    check(MPI_Cart_get(self.ob_mpi, count, found.dims.data(), found.periods.data(),
                       found.coords.data()));
    return found;
}

Ref get_cart_topology(Cartcomm& self) {
    const CartTopology found = cart_topology(self);
    return tuple_of(list_of(found.dims), list_of(found.periods), list_of(found.coords));
}
Ref get_dims(Cartcomm& self) { return list_of(cart_topology(self).dims); }
Ref get_periods(Cartcomm& self) { return list_of(cart_topology(self).periods); }
Ref get_own_coords(Cartcomm& self) { return list_of(cart_topology(self).coords); }

int get_cart_rank(Cartcomm& self, PyObject* coords) {
    const auto position = integers<int>(coords, static_cast<std::size_t>(dimensions(self)));
    int rank = MPI_PROC_NULL;
    check(MPI_Cart_rank(self.ob_mpi, position.data(), &rank));
    return rank;
}

Ref get_coords(Cartcomm& self, int rank) {
    const int count = dimensions(self);
    std::vector<int> coords(static_cast<std::size_t>(count));
    check(MPI_Cart_coords(self.ob_mpi, rank, count, coords.data()));
    return list_of(coords);
}

Ref shift(Cartcomm& self, int direction, int disp) {
    int source = MPI_PROC_NULL;
    int dest = MPI_PROC_NULL;
    check(MPI_Cart_shift(self.ob_mpi, direction, disp, &source, &dest));
    return tuple_of(source, dest);
}

Ref sub(Cartcomm& self, PyObject* remain_dims) {
    const auto remain = integers<int>(remain_dims, static_cast<std::size_t>(dimensions(self)));
    return create(&Cartcomm::type, [&](MPI_Comm* comm) {
        return MPI_Cart_sub(self.ob_mpi, remain.data(), comm);
    });
}

Ref compute_dims(NoSelf, int nnodes, PyObject* dims) {
    std::vector<int> sizes;
    if (is_integral(dims)) {
        const int count = Argument<int>::from(dims);
        if (count < 0) {
            fail(PyExc_ValueError, "negative number of dimensions %d", count);
        }
        sizes.assign(static_cast<std::size_t>(count), 0);
    } else {
        sizes = integers<int>(dims);
    }
    check(MPI_Dims_create(nnodes, static_cast<int>(sizes.size()), sizes.data()));
    return list_of(sizes);
}

// ---- graph -------------------------------------------------------------------------------------

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
    return create(&Graphcomm::type, [&](MPI_Comm* comm) {
        return MPI_Graph_create(self.ob_mpi, graph.nodes(), graph.index.data(),
                                graph.edges.data(), reorder, comm);
    });
}

int graph_map(Intracomm& self, PyObject* index, PyObject* edges) {
    const Adjacency graph = adjacency_argument(index, edges);
    int rank = MPI_PROC_NULL;
    check(MPI_Graph_map(self.ob_mpi, graph.nodes(), graph.index.data(), graph.edges.data(),
                        &rank));
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
    check(MPI_Graph_get(self.ob_mpi, size.nodes, size.edges, graph.index.data(),
                        graph.edges.data()));
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
                              neighbors.data()));
    return list_of(neighbors);
}
int own_neighbors_count(Graphcomm& self) { return neighbors_count(self, comm_rank(self.ob_mpi)); }
Ref own_neighbors(Graphcomm& self) { return get_neighbors(self, comm_rank(self.ob_mpi)); }

// ---- distributed graph -------------------------------------------------------------------------

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
    return create(&Distgraphcomm::type, [&](MPI_Comm* comm) {
        return MPI_Dist_graph_create_adjacent(
            self.ob_mpi, static_cast<int>(from.size()), from.data(), from_weights.data(),
            static_cast<int>(to.size()), to.data(), to_weights.data(), info, reorder, comm);
    });
}

Ref create_dist_graph(Intracomm& self, PyObject* sources, PyObject* degrees,
                      PyObject* destinations, Optional weights, InfoOrNull info,
                      Int<0> reorder) {
    const auto nodes = integers<int>(sources);
    const auto counts = integers<int>(degrees, nodes.size());
    std::size_t edges = 0;
    for (int count : counts) {
        edges += static_cast<std::size_t>(std::max(count, 0));
    }
    const auto to = integers<int>(destinations, edges);
    const Weights edge_weights = weights_argument(weights, edges);
    return create(&Distgraphcomm::type, [&](MPI_Comm* comm) {
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

struct DistNeighbors {
    std::vector<int> in, in_weights, out, out_weights;
    bool weighted = false;
};
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
        size.out, found.out.data(),
        found.weighted ? found.out_weights.data() : MPI_UNWEIGHTED));
    return found;
}

Ref get_dist_neighbors(Distgraphcomm& self) {
    const DistNeighbors found = dist_neighbors(self.ob_mpi);
    Ref weights = found.weighted
                      ? tuple_of(list_of(found.in_weights), list_of(found.out_weights))
                      : Ref::borrow(Py_None);
    return tuple_of(list_of(found.in), list_of(found.out), std::move(weights));
}

// ---- any topology ------------------------------------------------------------------------------

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
            check(MPI_Graph_neighbors(comm, rank, count, edges.in.data()));
            edges.out = edges.in;
            break;
        }
        case MPI_DIST_GRAPH: {
            DistNeighbors found = dist_neighbors(comm);
            edges = {std::move(found.in), std::move(found.out)};
            break;
        }
        default:
            break;
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

// ---- tables ------------------------------------------------------------------------------------

PyMethodDef* constructors() {
    static PyMethodDef table[] = {
        method<"Create_cart", &create_cart, "dims", "periods", "reorder">(
            "Create cartesian communicator."),
        method<"Cart_map", &cart_map, "dims", "periods">(
            "Determine optimal process placement on a Cartesian topology."),
        method<"Create_graph", &create_graph, "index", "edges", "reorder">(
            "Create graph communicator."),
        method<"Graph_map", &graph_map, "index", "edges">(
            "Determine optimal process placement on a graph topology."),
        method<"Create_dist_graph_adjacent", &create_dist_graph_adjacent, "sources",
               "destinations", "sourceweights", "destweights", "info", "reorder">(
            "Create distributed graph communicator."),
        method<"Create_dist_graph", &create_dist_graph, "sources", "degrees", "destinations",
               "weights", "info", "reorder">("Create distributed graph communicator."),
        end_of_methods(),
    };
    return table;
}

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

PyMethodDef* cart_methods() {
    static PyMethodDef table[] = {
        method<"Get_dim", &dimensions>("Return number of dimensions."),
        method<"Get_topo", &get_cart_topology>(
            "Return information on the cartesian topology: (dims, periods, coords)."),
        method<"Get_cart_rank", &get_cart_rank, "coords">("Translate logical coordinates to ranks."),
        method<"Get_coords", &get_coords, "rank">("Translate ranks to logical coordinates."),
        method<"Shift", &shift, "direction", "disp">(
            "Return a process ranks for data shifting with `Sendrecv`: (source, dest)."),
        method<"Sub", &sub, "remain_dims">(
            "Return a lower-dimensional Cartesian topology communicator."),
        end_of_methods(),
    };
    return table;
}

PyGetSetDef* cart_properties() {
    static PyGetSetDef table[] = {
        property<&dimensions>("dim", "Number of dimensions."),
        property<&dimensions>("ndim", "Number of dimensions."),
        property<&get_cart_topology>("topo", "Topology information."),
        property<&get_dims>("dims", "Dimensions."),
        property<&get_periods>("periods", "Periodicity."),
        property<&get_own_coords>("coords", "Coordinates."),
        end_of_properties(),
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
            const DistGraphSize size = dist_graph_size(comm);
            degrees = {size.in, size.out};
            break;
        }
        default:
            degrees = {comm_size(comm), comm_size(comm)};
    }
    return degrees;
}

void add_topology(PyObject* module) {
    extend_type(Intracomm::type, constructors());
    define_handle_type<Topocomm>(
        module,
        {"mpi4py.MPI.Topocomm", "Topology intracommunicator.",
         joined({&neighbor_buffer_methods(), &neighbor_object_methods()}), topology_properties(),
         &Intracomm::type},
        &make<Topocomm, MPI_UNDEFINED>);
    define_handle_type<Cartcomm>(module,
                                 {"mpi4py.MPI.Cartcomm",
                                  "Cartesian topology intracommunicator.", cart_methods(),
                                  cart_properties(), &Topocomm::type},
                                 &make<Cartcomm, MPI_CART>);
    define_handle_type<Graphcomm>(module,
                                  {"mpi4py.MPI.Graphcomm",
                                   "General graph topology intracommunicator.", graph_methods(),
                                   graph_properties(), &Topocomm::type},
                                  &make<Graphcomm, MPI_GRAPH>);
    define_handle_type<Distgraphcomm>(
        module,
        {"mpi4py.MPI.Distgraphcomm", "Distributed graph topology intracommunicator.",
         dist_graph_methods(), nullptr, &Topocomm::type},
        &make<Distgraphcomm, MPI_DIST_GRAPH>);
    static PyMethodDef functions[] = {
        method<"Compute_dims", &compute_dims, "nnodes", "dims">(
            "Return a balanced distribution of processes per coordinate direction."),
        end_of_methods(),
    };
    add_functions(module, functions);
}

}  // namespace pylaunch::mpi
