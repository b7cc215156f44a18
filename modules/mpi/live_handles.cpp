// SPDX-License-Identifier: BSD-3-Clause
#include "live_handles.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <variant>
#include <vector>

#include "../modules.hpp"

namespace pylaunch::mpi {
namespace {

using Handle = std::variant<MPI_Win, MPI_File>;

struct Live {
  Handle handle;
  PyObject* memory;  // a reference; given back only while the interpreter runs
};

// In the order of creation.
struct LiveHandles {
  std::mutex mutex;
  std::vector<Live> handles;

  void add(Live live) {
    const std::lock_guard lock(mutex);
    handles.push_back(live);
  }
  PyObject* remove(Handle handle) {
    const std::lock_guard lock(mutex);
    const auto found = std::find_if(handles.begin(), handles.end(),
                                    [&](const Live& live) { return live.handle == handle; });
    if (found == handles.end()) {
      return nullptr;
    }
    PyObject* memory = found->memory;
    handles.erase(found);
    return memory;
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

// ---- the end of the job ------------------------------------------------------------------------

// The first error of several calls, which go on all the same.
class FirstError {
 public:
  bool succeeded(int code) {
    if (code_ == MPI_SUCCESS) {
      code_ = code;
    }
    return code == MPI_SUCCESS;
  }
  int code() const { return code_; }

 private:
  int code_ = MPI_SUCCESS;
};

// What a window or file is collective over: its kind and the ranks in `all` of its processes. Equal
// on all of them, and sorted, so that every process frees in the same order.
using Key = std::vector<int>;

// Empty when a process is none of `all`, or on an error.
Key key_of(const Handle& handle, MPI_Comm all, FirstError& error) {
  const bool is_window = std::holds_alternative<MPI_Win>(handle);
  MPI_Group group = MPI_GROUP_NULL;
  MPI_Group everybody = MPI_GROUP_NULL;
  int size = 0;
  const bool has_groups =
      error.succeeded(is_window ? MPI_Win_get_group(std::get<MPI_Win>(handle), &group)
                                : MPI_File_get_group(std::get<MPI_File>(handle), &group)) &&
      error.succeeded(MPI_Comm_group(all, &everybody)) &&
      error.succeeded(MPI_Group_size(group, &size));
  Key key(static_cast<std::size_t>(size) + 1, is_window ? 0 : 1);
  bool is_known = has_groups;
  if (has_groups) {
    std::vector<int> ranks(static_cast<std::size_t>(size));
    std::iota(ranks.begin(), ranks.end(), 0);
    is_known = error.succeeded(
        MPI_Group_translate_ranks(group, size, ranks.data(), everybody, key.data() + 1));
  }
  for (MPI_Group* used : {&group, &everybody}) {
    if (*used != MPI_GROUP_NULL) {
      error.succeeded(MPI_Group_free(used));
    }
  }
  is_known = is_known && std::find(key.begin() + 1, key.end(), MPI_UNDEFINED) == key.end();
  return is_known ? key : Key{};
}

using ByKey = std::map<Key, std::vector<Handle>>;

// How many handles of each key every process has, as [number, length, key...] rows one after the
// other, by process; empty on an error.
std::vector<std::vector<int>> exchange_counts(const ByKey& mine, MPI_Comm all, FirstError& error) {
  std::vector<int> rows;
  for (const auto& [key, handles] : mine) {
    rows.push_back(static_cast<int>(handles.size()));
    rows.push_back(static_cast<int>(key.size()));
    rows.insert(rows.end(), key.begin(), key.end());
  }
  int size = 0;
  if (!error.succeeded(MPI_Comm_size(all, &size))) {
    return {};
  }
  const int length = static_cast<int>(rows.size());
  std::vector<int> lengths(static_cast<std::size_t>(size));
  if (!error.succeeded(MPI_Allgather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, all))) {
    return {};
  }
  std::vector<int> offsets(lengths.size());
  std::exclusive_scan(lengths.begin(), lengths.end(), offsets.begin(), 0);
  std::vector<int> flat(static_cast<std::size_t>(offsets.back() + lengths.back()));
  if (!error.succeeded(MPI_Allgatherv(rows.data(), length, MPI_INT, flat.data(), lengths.data(),
                                      offsets.data(), MPI_INT, all))) {
    return {};
  }
  std::vector<std::vector<int>> result;
  for (std::size_t rank = 0; rank < lengths.size(); ++rank) {
    const auto begin = flat.begin() + offsets[rank];
    result.emplace_back(begin, begin + lengths[rank]);
  }
  return result;
}

int count_in(const std::vector<int>& rows, const Key& key) {
  for (std::size_t at = 0; at + 1 < rows.size();) {
    const auto length = static_cast<std::size_t>(rows[at + 1]);
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(at) + 2;
    if (std::equal(key.begin(), key.end(), begin, begin + static_cast<std::ptrdiff_t>(length))) {
      return rows[at];
    }
    at += 2 + length;
  }
  return 0;
}

// A failure leaves the handle as it was.
int release(Handle& handle) {
  auto* win = std::get_if<MPI_Win>(&handle);
  return win != nullptr ? MPI_Win_free(win) : MPI_File_close(&std::get<MPI_File>(handle));
}

int release_all(MPI_Comm all) {
  const std::vector<Live> left = live().take();
  FirstError error;
  int most = 0;
  const int number = static_cast<int>(left.size());
  if (!error.succeeded(MPI_Allreduce(&number, &most, 1, MPI_INT, MPI_MAX, all)) || most == 0) {
    return error.code();
  }
  ByKey mine;
  for (const Live& item : left) {
    const Key key = key_of(item.handle, all, error);
    if (!key.empty()) {
      mine[key].push_back(item.handle);
    }
  }
  const auto counts = exchange_counts(mine, all, error);
  if (counts.empty()) {
    return error.code();
  }
  for (auto& [key, handles] : mine) {
    // A process that freed its part already will not come again: leave the others' alone, too.
    const bool all_have_it = std::all_of(key.begin() + 1, key.end(), [&](int rank) {
      return count_in(counts[static_cast<std::size_t>(rank)], key) ==
             static_cast<int>(handles.size());
    });
    if (all_have_it) {
      for (Handle& handle : handles) {
        error.succeeded(release(handle));
      }
    }
  }
  return error.code();
}

}  // namespace

void remember_live(MPI_Win win, PyObject* memory) {
  Py_XINCREF(memory);
  live().add({win, memory});
}
void remember_live(MPI_File file) { live().add({file, nullptr}); }
void forget_live(MPI_Win win) { Py_XDECREF(live().remove(win)); }
void forget_live(MPI_File file) { live().remove(file); }

}  // namespace pylaunch::mpi

extern "C" int pylaunch_mpi_release(int fortran_communicator) {
  if (!pylaunch::mpi::mpi_is_active()) {
    return MPI_SUCCESS;
  }
  return pylaunch::mpi::release_all(MPI_Comm_f2c(fortran_communicator));
}
