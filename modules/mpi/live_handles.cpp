// SPDX-License-Identifier: BSD-3-Clause
#include "live_handles.hpp"

#include <algorithm>
#include <mutex>
#include <variant>
#include <vector>

#include "../modules.hpp"

namespace pylaunch::mpi {
namespace {

using Live = std::variant<MPI_Win, MPI_File>;

// In the order of creation, which is the same on all processes of a handle: freeing is collective.
struct LiveHandles {
  std::mutex mutex;
  std::vector<Live> handles;

  void add(Live handle) {
    const std::lock_guard lock(mutex);
    handles.push_back(handle);
  }
  void remove(Live handle) {
    const std::lock_guard lock(mutex);
    const auto found = std::find(handles.begin(), handles.end(), handle);
    if (found != handles.end()) {
      handles.erase(found);
    }
  }
  std::vector<Live> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(handles, {});
  }
};

LiveHandles& live() {
  static auto* handles = new LiveHandles;  // outlives every static destructor
  return *handles;
}

}  // namespace

void remember_live(MPI_Win win) { live().add(win); }
void remember_live(MPI_File file) { live().add(file); }
void forget_live(MPI_Win win) { live().remove(win); }
void forget_live(MPI_File file) { live().remove(file); }

}  // namespace pylaunch::mpi

extern "C" void pylaunch_mpi_release(void) {
  using namespace pylaunch::mpi;
  if (!mpi_is_active()) {
    return;
  }
  // A failure leaves the handle as it was: there is nobody to tell any more.
  for (Live& handle : live().take()) {
    if (auto* win = std::get_if<MPI_Win>(&handle)) {
      MPI_Win_free(win);
    } else {
      MPI_File_close(&std::get<MPI_File>(handle));
    }
  }
}
