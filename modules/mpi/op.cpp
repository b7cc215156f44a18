// SPDX-License-Identifier: BSD-3-Clause
// Op (MPI-4.0, section 6.9), which also works on Python objects: MPI.SUM(x, y) is x + y.
#include "op.hpp"

#include "collective_spec.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject Op::type{};

namespace {

PyObject* the_sum = nullptr;

// ---- MPI's operations on objects ---------------------------------------------------------------

Ref truth(PyObject* object) { return own(to_python(flag_argument(object))); }

// (value, location) pairs: the better value, and the smaller location of equal ones.
template <int Comparison>
Ref select_location(PyObject* left, PyObject* right) {
  Ref first = own(PySequence_Tuple(left));
  Ref second = own(PySequence_Tuple(right));
  require_items(2, PyTuple_GET_SIZE(first.get()));
  require_items(2, PyTuple_GET_SIZE(second.get()));
  const auto better = [](PyObject* a, PyObject* b, int comparison) {
    Ref result = own(PyObject_RichCompare(a, b, comparison));
    return flag_argument(result.get());
  };
  PyObject* u = PyTuple_GET_ITEM(first.get(), 0);
  PyObject* v = PyTuple_GET_ITEM(second.get(), 0);
  if (better(u, v, Comparison)) {
    return first;
  }
  const bool second_wins =
      better(v, u, Comparison) ||
      better(PyTuple_GET_ITEM(second.get(), 1), PyTuple_GET_ITEM(first.get(), 1), Py_LT);
  return second_wins ? std::move(second) : std::move(first);
}

// The right one of two objects if it wins the comparison, else the left one.
template <int Comparison>
Ref select_by_result(PyObject* left, PyObject* right) {
  Ref result = own(PyObject_RichCompare(right, left, Comparison));
  return Ref::borrow(flag_argument(result.get()) ? right : left);
}

template <auto Function>
Ref on_truth(PyObject* left, PyObject* right) {
  return own(Function(truth(left).get(), truth(right).get()));
}

template <auto Function>
Ref on_objects(PyObject* left, PyObject* right) {
  return own(Function(left, right));
}

using Binary = Ref (*)(PyObject*, PyObject*);

struct Predefinition {
  const char* name;
  MPI_Op handle;
  Binary function;
};

constexpr int kPredefined = 14;

const Predefinition* predefinitions_begin() {
  static const Predefinition table[kPredefined] = {
      {"SUM", MPI_SUM, &on_objects<&PyNumber_Add>},
      {"MAX", MPI_MAX, &select_by_result<Py_GT>},
      {"MIN", MPI_MIN, &select_by_result<Py_LT>},
      {"PROD", MPI_PROD, &on_objects<&PyNumber_Multiply>},
      {"LAND", MPI_LAND, &on_truth<&PyNumber_And>},
      {"BAND", MPI_BAND, &on_objects<&PyNumber_And>},
      {"LOR", MPI_LOR, &on_truth<&PyNumber_Or>},
      {"BOR", MPI_BOR, &on_objects<&PyNumber_Or>},
      {"LXOR", MPI_LXOR, &on_truth<&PyNumber_Xor>},
      {"BXOR", MPI_BXOR, &on_objects<&PyNumber_Xor>},
      {"MAXLOC", MPI_MAXLOC, &select_location<Py_GT>},
      {"MINLOC", MPI_MINLOC, &select_location<Py_LT>},
      {"REPLACE", MPI_REPLACE, [](PyObject*, PyObject* y) { return Ref::borrow(y); }},
      {"NO_OP", MPI_NO_OP, [](PyObject* x, PyObject*) { return Ref::borrow(x); }},
  };
  return table;
}

// ---- methods -----------------------------------------------------------------------------------

PyObject* call(PyObject* self, PyObject* args, PyObject* kwds) {
  return guarded([&] {
    static const char* const names[] = {"x", "y", nullptr};
    PyObject* left = nullptr;
    PyObject* right = nullptr;
    if (PyArg_ParseTupleAndKeywords(args, kwds, "OO:Op", const_cast<char**>(names), &left,
                                    &right) == 0) {
      throw PythonError{};
    }
    return apply_op(cast<Op>(self), left, right).release();
  });
}

Ref create(PyTypeObject* type, PyObject* function, Int<0> commute) {
  Ref object = new_handle<Op>(type, MPI_OP_NULL);
  create_user_op(cast<Op>(object.get()), function, commute != 0);
  return object;
}

void free_op(Op& self) {
  free_and_keep_constants(self, MPI_Op_free);
  forget_user_op(self);
}

bool is_commutative(Op& self) {
  int flag = 0;
  check(MPI_Op_commutative(self.ob_mpi, &flag));
  return flag != 0;
}

bool is_predefined_op(Op& self) { return is_named<Op>(self.ob_mpi); }

void reduce_local(Op& self, PyObject* inbuf, PyObject* inoutbuf) {
  Reduction spec;
  spec.receive.parse(inoutbuf, Access::write, 0);
  spec.send.parse(inbuf, Access::read, 0);
  spec.require_matching();
  blocking(PYLAUNCH_C(MPI_Reduce_local), spec.send.address, spec.receive.address,
           spec.receive.count, spec.receive.datatype, self.ob_mpi);
}

Ref reduce_op(Op& self) {
  if (is_predefined_op(self)) {
    return handle_reduce(self);
  }
  PyObject* function = user_function(self);
  if (function == nullptr) {
    fail(PyExc_ValueError, "cannot pickle user-defined reduction operation");
  }
  Ref create_method =
      own(PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(self.as_object())), "Create"));
  return own(Py_BuildValue("O(OO)", create_method.get(), function,
                           is_commutative(self) ? Py_True : Py_False));
}

PyMethodDef* methods() {
  static PyMethodDef table[] = {
      // The first entry of a name counts.
      method<"__reduce__", &reduce_op>("Return what pickle needs."),
      PYLAUNCH_HANDLE_METHODS(Op),
      method<"Create", &create, "function", "commute">(
          "Create a user-defined operation from function(in, inout, datatype) on buffers."),
      method<"Free", &free_op>("Free a user-defined reduction operation."),
      method<"Is_commutative", &is_commutative>(
          "Query reduction operations for their commutativity."),
      method<"Reduce_local", &reduce_local, "inbuf", "inoutbuf">(
          "Apply a reduction operation to local data."),
      end_of_methods(),
  };
  return table;
}

}  // namespace

void Op::free(Op& self) { free_op(self); }

PyObject* sum_object() { return the_sum; }

Ref apply_op(Op& op, PyObject* left, PyObject* right) {
  for (int index = 0; index < kPredefined; ++index) {
    const Predefinition& entry = predefinitions_begin()[index];
    if (entry.handle == op.ob_mpi) {
      return entry.function(left, right);
    }
  }
  PyObject* function = user_function(op);
  if (function == nullptr) {
    fail(PyExc_ValueError, "cannot call this operation on Python objects");
  }
  PyObject* args[] = {left, right, Py_None};
  return own(PyObject_Vectorcall(function, args, 3, nullptr));
}

void add_op(PyObject* module) {
  static PyGetSetDef properties[] = {
      PYLAUNCH_HANDLE_PROPERTY(Op),
      property<&is_commutative>("is_commutative", "Is a commutative operation."),
      property<&is_predefined_op>("is_predefined", "Is a predefined operation."),
      end_of_properties(),
  };
  Op::type.tp_call = &call;
  define_handle_type<Op>(module, {"mpi4py.MPI.Op", "Reduction operation.", methods(), properties});
  define_constant<Op>(module, "OP_NULL", MPI_OP_NULL);
  for (int index = 0; index < kPredefined; ++index) {
    const Predefinition& entry = predefinitions_begin()[index];
    define_constant<Op>(module, entry.name, entry.handle);
  }
  the_sum = predefined_registry<Op>().at(handle_value(MPI_SUM)).object;
}

}  // namespace pylaunch::mpi
