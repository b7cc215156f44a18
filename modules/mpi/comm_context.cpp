// SPDX-License-Identifier: BSD-3-Clause
#include "comm_context.hpp"

#include <memory>

#include "comm.hpp"

namespace pylaunch::mpi {

int CommContext::take_tag() {
  void* value = nullptr;
  int found = 0;
  int highest = 32767;
  check(MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &value, &found));
  if (found != 0) {
    highest = *static_cast<int*>(value);
  }
  const int tag = next_tag;
  next_tag = next_tag == highest ? 0 : next_tag + 1;
  return tag;
}

namespace {

int free_context(MPI_Comm comm, int, void* value, void*) {
  std::unique_ptr<CommContext> context(static_cast<CommContext*>(value));
  // The predefined communicators lose their attributes inside MPI_Finalize, where no
  // communicator may be freed any more.
  if (comm == MPI_COMM_WORLD || comm == MPI_COMM_SELF) {
    return MPI_SUCCESS;
  }
  if (context->local != MPI_COMM_NULL) {
    MPI_Comm_free(&context->local);
    MPI_Comm_free(&context->merged);
  }
  return MPI_Comm_free(&context->duplicate);
}

int context_key() {
  static int key = MPI_KEYVAL_INVALID;
  if (key == MPI_KEYVAL_INVALID) {
    check(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, &free_context, &key, nullptr));
  }
  return key;
}

// The own side of an intercommunicator, and which side a merge puts first.
void find_local_side(MPI_Comm comm, CommContext& context) {
  MPI_Group local = MPI_GROUP_NULL;
  MPI_Group remote = MPI_GROUP_NULL;
  MPI_Group all = MPI_GROUP_NULL;
  blocking(MPI_Intercomm_merge, comm, 0, &context.merged);
  check(MPI_Comm_set_errhandler(context.merged, MPI_ERRORS_RETURN));
  blocking(MPI_Comm_group, comm, &local);
  blocking(MPI_Comm_remote_group, comm, &remote);
  blocking(MPI_Comm_group, context.merged, &all);
  const int first = 0;
  int position[2] = {MPI_UNDEFINED, MPI_UNDEFINED};
  check(MPI_Group_translate_ranks(local, 1, &first, all, &position[0]));
  check(MPI_Group_translate_ranks(remote, 1, &first, all, &position[1]));
  context.low_group = position[0] < position[1];
  blocking(MPI_Comm_split, context.merged, context.low_group ? 0 : 1, comm_rank(comm),
           &context.local);
  for (MPI_Group* group : {&local, &remote, &all}) {
    check(MPI_Group_free(group));
  }
}

std::unique_ptr<CommContext> make_context(MPI_Comm comm) {
  auto context = std::make_unique<CommContext>();
  blocking(MPI_Comm_dup, comm, &context->duplicate);
  check(MPI_Comm_set_errhandler(context->duplicate, MPI_ERRORS_RETURN));
  if (is_intercommunicator(comm)) {
    find_local_side(comm, *context);
  }
  return context;
}

}  // namespace

CommContext& comm_context(MPI_Comm comm) {
  void* value = nullptr;
  int found = 0;
  check(MPI_Comm_get_attr(comm, context_key(), &value, &found));
  if (found != 0) {
    return *static_cast<CommContext*>(value);
  }
  auto context = make_context(comm);
  check(MPI_Comm_set_attr(comm, context_key(), context.get()));
  return *context.release();
}

}  // namespace pylaunch::mpi
