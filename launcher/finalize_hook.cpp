// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/finalize_hook.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

#include "bundle/support_api.h"
#include "launcher/error.hpp"
#include "launcher/written_output.hpp"

namespace pylaunch {

FinalizeHook::FinalizeHook(std::function<void()> first) : first_(std::move(first)) {
  check_mpi(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, on_delete, &keyval_, nullptr),
            "MPI_Comm_create_keyval");
  check_mpi(MPI_Comm_set_attr(MPI_COMM_SELF, keyval_, this), "MPI_Comm_set_attr");
}

FinalizeHook::~FinalizeHook() {
  is_armed_ = false;
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized != 0) return;
  // Both are local, and all that could be done about an error here is to say so.
  const int deleted = MPI_Comm_delete_attr(MPI_COMM_SELF, keyval_);
  const int freed = MPI_Comm_free_keyval(&keyval_);
  if (deleted != MPI_SUCCESS || freed != MPI_SUCCESS)
    spdlog::warn("MPI keeps what the launcher had set to come before MPI_Finalize");
}

// Between MPI's frames, through which no exception may go.
int FinalizeHook::on_delete(MPI_Comm, int, void* attribute, void*) {
  auto& hook = *static_cast<FinalizeHook*>(attribute);
  if (!std::exchange(hook.is_armed_, false)) return MPI_SUCCESS;
  try {
    hook.first_();
  } catch (const std::exception& error) {
    spdlog::error(error.what());
    wait_for_written_output();
    MPI_Abort(MPI_COMM_WORLD, PYLAUNCH_EXIT_SYSTEM);
  }
  return MPI_SUCCESS;
}

}  // namespace pylaunch
