// SPDX-License-Identifier: BSD-3-Clause
// Cartcomm: grids of processes (MPI-4.0, section 8.5).
#include "module.hpp"
#include "topology.hpp"

namespace pylaunch::mpi {

PyTypeObject Cartcomm::type{};

namespace {

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
  return create_topology(&Cartcomm::type, [&](MPI_Comm* comm) {
    return MPI_Cart_create(self.ob_mpi, grid.size(), grid.dims.data(), grid.periods.data(), reorder,
                           comm);
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
  return create_topology(&Cartcomm::type, [&](MPI_Comm* comm) {
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
  sizes.reserve(1);  // MPICH takes no null pointer, even for no dimension
  check(MPI_Dims_create(nnodes, static_cast<int>(sizes.size()), sizes.data()));
  return list_of(sizes);
}

PyMethodDef* cart_constructors() {
  static PyMethodDef table[] = {
      method<"Create_cart", &create_cart, "dims", "periods", "reorder">(
          "Create cartesian communicator."),
      method<"Cart_map", &cart_map, "dims", "periods">(
          "Determine optimal process placement on a Cartesian topology."),
      end_of_methods(),
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

}  // namespace

void add_cartcomm(PyObject* module) {
  extend_type(Intracomm::type, cart_constructors());
  define_handle_type<Cartcomm>(module,
                               {"mpi4py.MPI.Cartcomm", "Cartesian topology intracommunicator.",
                                cart_methods(), cart_properties(), &Topocomm::type},
                               &make_topology<Cartcomm, MPI_CART>);
  static PyMethodDef functions[] = {
      method<"Compute_dims", &compute_dims, "nnodes", "dims">(
          "Return a balanced distribution of processes per coordinate direction."),
      end_of_methods(),
  };
  add_functions(module, functions);
}

}  // namespace pylaunch::mpi
