// SPDX-License-Identifier: BSD-3-Clause
// A table of locks for each communicator. A collective on objects is several collectives on bytes:
// its lock keeps threads that use one communicator from mixing them up.
#pragma once

#include "python.hpp"

namespace pylaunch::mpi {

PyObject* comm_lock_table(MPI_Comm comm);           // borrowed dict; goes with the communicator
PyObject* comm_lock(MPI_Comm comm, PyObject* key);  // borrowed lock of that table

// Holds the lock of one operation; other Python threads run while it waits.
class CommLock {
 public:
  enum Operation { bcast, gather, scatter, allgather, alltoall, count };
  CommLock(MPI_Comm comm, Operation operation);
  ~CommLock();
  CommLock(const CommLock&) = delete;
  CommLock& operator=(const CommLock&) = delete;

 private:
  Ref lock_;
};

}  // namespace pylaunch::mpi
