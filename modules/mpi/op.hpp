// SPDX-License-Identifier: BSD-3-Clause
// Reduction operations on Python objects.
#pragma once

#include "objects.hpp"

namespace pylaunch::mpi {

// op(left, right): MPI's operations on any objects, or the user's callable.
Ref apply_op(Op& op, PyObject* left, PyObject* right);

PyObject* sum_object();  // MPI.SUM, borrowed

// ---- user-defined operations (op_user.cpp) -----------------------------------------------------

// Gives `op` one of the slots for Python callables; RuntimeError when they are all taken.
void create_user_op(Op& op, PyObject* function, bool commute);
// The callable of an operation, or null.
PyObject* user_function(const Op& op);
void forget_user_op(Op& op);

// Keeps the callable and its slot for a reduction under way: MPI lets an operation be freed before
// that has ended.
class UserOpUse {
 public:
  UserOpUse() = default;
  ~UserOpUse();
  UserOpUse(const UserOpUse&) = delete;
  UserOpUse& operator=(const UserOpUse&) = delete;

  void begin(const Op* op);

 private:
  unsigned slot_ = 0;
};

}  // namespace pylaunch::mpi
