// SPDX-License-Identifier: BSD-3-Clause
// Epochs of one-sided communication (MPI-4.0, section 12.5).
#include "rma.hpp"

namespace pylaunch::mpi {

namespace {

template <auto Function>
void synchronise(Win& self) {
  blocking(Function, self.ob_mpi);
}
template <auto Function>
void synchronise_with(Win& self, int rank) {
  blocking(Function, rank, self.ob_mpi);
}
template <auto Function>
void assert_all(Win& self, Int<0> assertion) {
  blocking(Function, assertion.value, self.ob_mpi);
}
template <auto Function>
void epoch(Win& self, Group& group, Int<0> assertion) {
  blocking(Function, group.ob_mpi, assertion.value, self.ob_mpi);
}
bool wait(Win& self) {
  blocking(MPI_Win_wait, self.ob_mpi);
  return true;
}
bool test(Win& self) {
  int flag = 0;
  blocking(MPI_Win_test, self.ob_mpi, &flag);
  return flag != 0;
}
void lock(Win& self, int rank, Int<MPI_LOCK_EXCLUSIVE> lock_type, Int<0> assertion) {
  blocking(MPI_Win_lock, lock_type.value, rank, assertion.value, self.ob_mpi);
}

}  // namespace

const std::vector<PyMethodDef>& synchronisation_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Fence", &assert_all<&MPI_Win_fence>, "assertion">(
          "Perform an MPI fence synchronization on a window."),
      method<"Start", &epoch<&MPI_Win_start>, "group", "assertion">(
          "Start an RMA access epoch for MPI."),
      method<"Complete", &synchronise<&MPI_Win_complete>>(
          "Complete an RMA operation begun after an `Start`."),
      method<"Post", &epoch<&MPI_Win_post>, "group", "assertion">("Start an RMA exposure epoch."),
      method<"Wait", &wait>("Complete an RMA exposure epoch begun with `Post`."),
      method<"Test", &test>("Test whether an RMA exposure epoch has completed."),
      method<"Lock", &lock, "rank", "lock_type", "assertion">(
          "Begin an RMA access epoch at the target process."),
      method<"Unlock", &synchronise_with<&MPI_Win_unlock>, "rank">(
          "Complete an RMA access epoch at the target process."),
      method<"Lock_all", &assert_all<&MPI_Win_lock_all>, "assertion">(
          "Begin an RMA access epoch at all processes."),
      method<"Unlock_all", &synchronise<&MPI_Win_unlock_all>>(
          "Complete an RMA access epoch at all processes."),
      method<"Flush", &synchronise_with<&MPI_Win_flush>, "rank">(
          "Complete all outstanding RMA operations at a target."),
      method<"Flush_all", &synchronise<&MPI_Win_flush_all>>(
          "Complete all outstanding RMA operations at all targets."),
      method<"Flush_local", &synchronise_with<&MPI_Win_flush_local>, "rank">(
          "Complete locally all outstanding RMA operations at a target."),
      method<"Flush_local_all", &synchronise<&MPI_Win_flush_local_all>>(
          "Complete locally all outstanding RMA operations at all targets."),
      method<"Sync", &synchronise<&MPI_Win_sync>>(
          "Synchronize public and private copies of the window."),
  };
  return table;
}

}  // namespace pylaunch::mpi
