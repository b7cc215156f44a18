// SPDX-License-Identifier: BSD-3-Clause
// What the files that give Comm its methods share.
#pragma once

#include <vector>

#include "handle.hpp"

namespace pylaunch::mpi {

// The method tables of the other files, for Comm's one.
const std::vector<PyMethodDef>& communicator_constructor_methods();
const std::vector<PyMethodDef>& point_to_point_buffer_methods();
const std::vector<PyMethodDef>& point_to_point_object_methods();
const std::vector<PyMethodDef>& collective_buffer_methods();
const std::vector<PyMethodDef>& reduction_buffer_methods();
const std::vector<PyMethodDef>& collective_object_methods();
const std::vector<PyMethodDef>& attribute_methods_of_comm();
const std::vector<PyMethodDef>& errhandler_methods_of_comm();
const std::vector<PyMethodDef>& fault_tolerance_methods();

// The same for Intracomm (scans) and Topocomm (neighbourhoods).
const std::vector<PyMethodDef>& scan_buffer_methods();
const std::vector<PyMethodDef>& scan_object_methods();
const std::vector<PyMethodDef>& spawn_methods();
const std::vector<PyMethodDef>& neighbor_buffer_methods();
const std::vector<PyMethodDef>& neighbor_object_methods();

// Joins tables into one that lives as long as the process.
PyMethodDef* joined(std::initializer_list<const std::vector<PyMethodDef>*> tables);

bool is_intercommunicator(MPI_Comm comm);
int comm_rank(MPI_Comm comm);
int comm_size(MPI_Comm comm);
// The number of processes that a collective exchanges data with: the remote group's on an
// intercommunicator.
int peer_count(MPI_Comm comm);

struct Degrees {
  int in = 0;
  int out = 0;
};
Degrees neighbor_counts(MPI_Comm comm);

// A communicator that MPI just made, with mpi4py's error policy, as an object of `type`.
Ref adopt_comm(PyTypeObject* type, MPI_Comm comm);

}  // namespace pylaunch::mpi
