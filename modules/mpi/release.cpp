// SPDX-License-Identifier: BSD-3-Clause
// The end of the job: what the program has left is freed by the processes that share it, if all of
// them have it still. See modules/modules.hpp.
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <map>
#include <numeric>
#include <string_view>

#include "../modules.hpp"
#include "embed/loaded_libraries.hpp"
#include "live_handles.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pylaunch::mpi {
namespace {

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

// Handles of one kind over the same processes, in the order of creation.
struct Family {
  std::vector<int> members;  // ranks in the communicator of all, sorted
  std::vector<LiveHandle> handles;
};

// By a key that is equal on all members, so that every process frees in one order.
using Families = std::map<std::uint64_t, Family>;

// ---- who shares a handle -----------------------------------------------------------------------

void add_members(MPI_Group group, MPI_Group everybody, std::vector<int>& members,
                 FirstError& error) {
  int size = 0;
  if (!error.succeeded(MPI_Group_size(group, &size))) {
    return;
  }
  std::vector<int> ranks(static_cast<std::size_t>(size));
  std::iota(ranks.begin(), ranks.end(), 0);
  const std::size_t before = members.size();
  members.resize(before + ranks.size(), MPI_UNDEFINED);
  error.succeeded(
      MPI_Group_translate_ranks(group, size, ranks.data(), everybody, members.data() + before));
}

using GetGroup = int (*)(const LiveHandle& handle, MPI_Group* group);

int group_of(const LiveHandle& handle, MPI_Group* group) {
  if (const auto* window = std::get_if<LiveWindow>(&handle)) {
    return MPI_Win_get_group(window->win, group);
  }
  if (const auto* file = std::get_if<LiveFile>(&handle)) {
    return MPI_File_get_group(file->file, group);
  }
  return MPI_Comm_group(std::get<LiveCommunicator>(handle).comm, group);
}

// Of an intercommunicator.
int remote_group_of(const LiveHandle& handle, MPI_Group* group) {
  const auto* communicator = std::get_if<LiveCommunicator>(&handle);
  if (communicator == nullptr) {
    return MPI_SUCCESS;
  }
  int is_inter = 0;
  const int code = MPI_Comm_test_inter(communicator->comm, &is_inter);
  return is_inter != 0 ? MPI_Comm_remote_group(communicator->comm, group) : code;
}

// Empty when a process is none of `everybody`, or on an error.
std::vector<int> members_of(const LiveHandle& handle, MPI_Group everybody, FirstError& error) {
  std::vector<int> members;
  for (const GetGroup get_group : {group_of, remote_group_of}) {
    MPI_Group group = MPI_GROUP_NULL;
    if (error.succeeded(get_group(handle, &group)) && group != MPI_GROUP_NULL) {
      add_members(group, everybody, members, error);
      error.succeeded(MPI_Group_free(&group));
    }
  }
  std::sort(members.begin(), members.end());
  const bool is_known = std::find(members.begin(), members.end(), MPI_UNDEFINED) == members.end();
  return is_known ? members : std::vector<int>{};
}

// Windows before files before communicators.
std::uint64_t key_of(const LiveHandle& handle, const std::vector<int>& members) {
  const std::uint64_t hash = XXH3_64bits(members.data(), members.size() * sizeof(int));
  return std::uint64_t{handle.index()} << 62 | hash >> 2;
}

// Another library of this process may have cached attributes on a communicator, whose delete
// callbacks would run although the library has been shut down, or may have freed it. The MPI
// library's own parts are none: other languages' bindings (libmpi...), Open MPI's components
// (mca_...).
bool others_may_use_mpi() {
  const std::string mpi = embed::soname_at(reinterpret_cast<void*>(&PMPI_Comm_free));
  Dl_info here = {};
  if (mpi.empty() || dladdr(reinterpret_cast<void*>(&pylaunch_mpi_release), &here) == 0) {
    return true;
  }
  const std::vector<std::string> users = embed::objects_that_need(mpi);
  return std::any_of(users.begin(), users.end(), [&](std::string_view user) {
    const std::string_view name = user.substr(user.rfind('/') + 1);
    const bool is_launcher = user.empty() || user == here.dli_fname;
    return !is_launcher && !name.starts_with("libmpi") && !name.starts_with("mca_");
  });
}

Families families_of(const std::vector<LiveHandle>& left, MPI_Comm all, FirstError& error) {
  Families families;
  MPI_Group everybody = MPI_GROUP_NULL;
  if (left.empty() || !error.succeeded(MPI_Comm_group(all, &everybody))) {
    return families;
  }
  const bool leaves_communicators = others_may_use_mpi();
  for (const LiveHandle& handle : left) {
    if (leaves_communicators && std::holds_alternative<LiveCommunicator>(handle)) {
      continue;
    }
    std::vector<int> members = members_of(handle, everybody, error);
    if (!members.empty()) {
      Family& family = families[key_of(handle, members)];
      family.members = std::move(members);
      family.handles.push_back(handle);
    }
  }
  error.succeeded(MPI_Group_free(&everybody));
  return families;
}

// ---- whether all of them have it still ---------------------------------------------------------

// What each process tells the others: how many handles it has of a key.
struct Row {
  std::uint64_t key;
  std::uint64_t count;
  bool operator==(const Row&) const = default;
};

// What all processes have; kept short where they all have the same.
class Holdings {
 public:
  // Collective. When it fails, nobody has anything.
  Holdings(const Families& mine, MPI_Comm all, FirstError& error) {
    std::vector<Row> rows;
    for (const auto& [key, family] : mine) {
      rows.push_back({key, family.handles.size()});
    }
    const std::uint64_t digest = XXH3_64bits(rows.data(), rows.size() * sizeof(Row));
    const std::array<std::uint64_t, 3> one = {digest, ~digest, rows.size()};
    std::array<std::uint64_t, 3> largest = {};
    if (!error.succeeded(
            MPI_Allreduce(one.data(), largest.data(), 3, MPI_UINT64_T, MPI_MAX, all))) {
      return;
    }
    is_alike_ = largest[0] == ~largest[1];
    if (!is_alike_ && largest[2] != 0) {
      gather(rows, all, error);
    }
  }

  // A process that freed its part already will not come again: then leave the others' alone, too.
  bool all_have(std::uint64_t key, const Family& family) const {
    const Row wanted{key, family.handles.size()};
    return is_alike_ || std::all_of(family.members.begin(), family.members.end(), [&](int member) {
             const auto rank = static_cast<std::size_t>(member);
             return rank + 1 < offsets_.size() &&
                    std::find(rows_.begin() + offsets_[rank] / 2,
                              rows_.begin() + offsets_[rank + 1] / 2,
                              wanted) != rows_.begin() + offsets_[rank + 1] / 2;
           });
  }

 private:
  void gather(const std::vector<Row>& mine, MPI_Comm all, FirstError& error) {
    int size = 0;
    if (!error.succeeded(MPI_Comm_size(all, &size))) {
      return;
    }
    const int length = static_cast<int>(2 * mine.size());  // numbers of 64 bits
    std::vector<int> lengths(static_cast<std::size_t>(size));
    std::vector<int> offsets(lengths.size() + 1);
    if (!error.succeeded(MPI_Allgather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, all)) ||
        std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0}) > INT_MAX) {
      return;
    }
    std::inclusive_scan(lengths.begin(), lengths.end(), offsets.begin() + 1);
    rows_.resize(static_cast<std::size_t>(offsets.back()) / 2);
    if (error.succeeded(MPI_Allgatherv(mine.data(), length, MPI_UINT64_T, rows_.data(),
                                       lengths.data(), offsets.data(), MPI_UINT64_T, all))) {
      offsets_ = std::move(offsets);
    }
  }

  bool is_alike_ = false;
  std::vector<Row> rows_;     // by process
  std::vector<int> offsets_;  // where each process's begin, and the end, in numbers of 64 bits
};

// A failure leaves the handle as it was.
int release(LiveHandle& handle) {
  if (auto* window = std::get_if<LiveWindow>(&handle)) {
    return MPI_Win_free(&window->win);
  }
  if (auto* file = std::get_if<LiveFile>(&handle)) {
    return MPI_File_close(&file->file);
  }
  return MPI_Comm_free(&std::get<LiveCommunicator>(handle).comm);
}

int release_all(MPI_Comm all) {
  FirstError error;
  Families mine = families_of(take_live_handles(), all, error);
  const Holdings holdings(mine, all, error);
  for (auto& [key, family] : mine) {
    if (holdings.all_have(key, family)) {
      for (LiveHandle& handle : family.handles) {
        error.succeeded(release(handle));
      }
    }
  }
  return error.code();
}

}  // namespace
}  // namespace pylaunch::mpi

extern "C" int pylaunch_mpi_has_left(void) {
  return pylaunch::mpi::mpi_is_active() && pylaunch::mpi::has_live_handles() ? 1 : 0;
}

extern "C" int pylaunch_mpi_release(int fortran_communicator) {
  if (!pylaunch::mpi::mpi_is_active()) {
    return MPI_SUCCESS;
  }
  return pylaunch::mpi::release_all(MPI_Comm_f2c(fortran_communicator));
}
