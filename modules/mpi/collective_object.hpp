// SPDX-License-Identifier: BSD-3-Clause
// Object collectives that the object reductions build on.
#pragma once

#include "comm.hpp"
#include "message_spec.hpp"
#include "pickle.hpp"

namespace pylaunch::mpi {

Ref allgather_objects(MPI_Comm comm, PyObject* object);
Ref gather_objects(Comm& comm, PyObject* object, int root);
Ref scatter_objects(Comm& comm, PyObject* objects, int root);
Ref broadcast_object(MPI_Comm comm, PyObject* object, int root);

const std::vector<PyMethodDef>& reduction_object_methods();

}  // namespace pylaunch::mpi
