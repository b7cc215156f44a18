// SPDX-License-Identifier: BSD-3-Clause
//
// Something that comes before MPI_Finalize, whoever calls it: the program, an mpi4py, a library.
// MPI_Finalize begins with the attributes of MPI_COMM_SELF, last set first deleted, and MPI can
// still be used meanwhile (MPI 4.0, 11.2.4).
#pragma once

#include <mpi.h>

#include <functional>

namespace pylaunch {

class FinalizeHook {
 public:
  // `first` may throw, which aborts the job. Throws LaunchError.
  explicit FinalizeHook(std::function<void()> first);
  // From here on MPI_Finalize is only itself.
  ~FinalizeHook();
  FinalizeHook(const FinalizeHook&) = delete;
  FinalizeHook& operator=(const FinalizeHook&) = delete;

  void disarm() { is_armed_ = false; }

 private:
  static int on_delete(MPI_Comm, int, void* hook, void*);

  std::function<void()> first_;
  bool is_armed_ = true;
  int keyval_ = MPI_KEYVAL_INVALID;
};

}  // namespace pylaunch
