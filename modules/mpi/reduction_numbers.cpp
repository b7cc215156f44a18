// SPDX-License-Identifier: BSD-3-Clause
#include "reduction_numbers.hpp"

#include "comm.hpp"
#include "op.hpp"

namespace pylaunch::mpi {

namespace {

// An int or float as MPI can move it; `other` sends everybody through the general path.
struct Number {
  enum class Kind : long long { other, integer, real } kind = Kind::other;
  union {
    long long integer;
    double real;
  };

  explicit Number(PyObject* object) : integer(0) {
    int overflow = 0;
    if (PyFloat_CheckExact(object)) {
      kind = Kind::real;
      real = PyFloat_AS_DOUBLE(object);
    } else if (PyLong_CheckExact(object)) {
      integer = PyLong_AsLongLongAndOverflow(object, &overflow);
      kind = overflow == 0 ? Kind::integer : Kind::other;
    }
  }
  Number() : integer(0) {}

  Ref object() const {
    return own(kind == Kind::real ? PyFloat_FromDouble(real) : PyLong_FromLongLong(integer));
  }
};

// Beyond this many processes the tree's log(n) messages are cheaper than n numbers everywhere.
constexpr int kMostNumbers = 32;

}  // namespace

Ref apply_function(PyObject* op, PyObject* left, PyObject* right) {
  if (Py_TYPE(op) == &Op::type) {
    return apply_op(cast<Op>(op), left, right);
  }
  PyObject* args[] = {left, right};
  return own(PyObject_Vectorcall(op, args, 2, nullptr));
}

Ref reduce_numbers(PyObject* object, PyObject* op, MPI_Comm comm) {
  const int size = comm_size(comm);
  if (size > kMostNumbers) {
    return {};
  }
  const bool predefined = Py_TYPE(op) == &Op::type && is_named<Op>(cast<Op>(op).ob_mpi);
  const Number mine = predefined ? Number(object) : Number();
  Number all[kMostNumbers];
  blocking(MPI_Allgather, &mine, static_cast<int>(sizeof mine), MPI_BYTE, static_cast<void*>(all),
           static_cast<int>(sizeof mine), MPI_BYTE, comm);
  Ref values[kMostNumbers];
  for (int rank = 0; rank < size; ++rank) {
    if (all[rank].kind == Number::Kind::other) {
      return {};
    }
  }
  for (int rank = 0; rank < size; ++rank) {
    values[rank] = all[rank].object();
  }
  for (int step = 1; step < size; step *= 2) {
    for (int rank = 0; rank + step < size; rank += 2 * step) {
      values[rank] = apply_function(op, values[rank].get(), values[rank + step].get());
    }
  }
  return std::move(values[0]);
}

}  // namespace pylaunch::mpi
