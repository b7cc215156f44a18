// SPDX-License-Identifier: BSD-3-Clause
#include "live_handles.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

namespace pylaunch::mpi {
namespace {

struct Live {
  LiveHandle handle;
  PyObject* memory;  // a reference; given back only while the interpreter runs
};

// In the order of creation.
struct Registry {
  std::mutex mutex;
  std::vector<Live> handles;
};

Registry& registry() {
  static auto* handles = new Registry;  // outlives every static destructor
  return *handles;
}

// The reference to its memory, if any. Most programs free what they created last.
PyObject* remove(LiveHandle handle) {
  const std::lock_guard lock(registry().mutex);
  std::vector<Live>& handles = registry().handles;
  const auto found = std::find_if(handles.rbegin(), handles.rend(),
                                  [&](const Live& live) { return live.handle == handle; });
  if (found == handles.rend()) {
    return nullptr;
  }
  PyObject* memory = found->memory;
  handles.erase(std::next(found).base());
  return memory;
}

}  // namespace

void remember_live(LiveHandle handle, PyObject* memory) {
  Py_XINCREF(memory);
  const std::lock_guard lock(registry().mutex);
  registry().handles.push_back({handle, memory});
}

void forget_live(LiveHandle handle) { Py_XDECREF(remove(handle)); }

bool has_live_handles() {
  const std::lock_guard lock(registry().mutex);
  return !registry().handles.empty();
}

std::vector<LiveHandle> take_live_handles() {
  const std::lock_guard lock(registry().mutex);
  std::vector<LiveHandle> taken;
  for (const Live& live : std::exchange(registry().handles, {})) {
    taken.push_back(live.handle);
  }
  return taken;
}

}  // namespace pylaunch::mpi
