// SPDX-License-Identifier: BSD-3-Clause
//
// Interposed by PMPI (LD_PRELOAD): counts what this process says to MPI, and at MPI_Finalize writes
// to $PYLAUNCH_TEST_CALLS.RANK a line for each call: name, world ranks of the communicator, bytes.
// A first line says which ranks share this one's node. Python reads the count so far by ctypes.
#include <mpi.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <numeric>
#include <string>
#include <vector>

namespace {

std::mutex guard;
std::vector<std::string> calls;
std::atomic<int> call_count = 0;

std::string world_ranks(MPI_Comm communicator) {
  MPI_Group mine = MPI_GROUP_NULL, world = MPI_GROUP_NULL;
  PMPI_Comm_group(communicator, &mine);
  PMPI_Comm_group(MPI_COMM_WORLD, &world);
  int size = 0;
  PMPI_Group_size(mine, &size);
  std::vector<int> ranks(static_cast<std::size_t>(size)), translated(ranks.size());
  std::iota(ranks.begin(), ranks.end(), 0);
  PMPI_Group_translate_ranks(mine, size, ranks.data(), world, translated.data());
  PMPI_Group_free(&mine);
  PMPI_Group_free(&world);
  std::string text;
  for (const int rank : translated) text += (text.empty() ? "" : ",") + std::to_string(rank);
  return text;
}

long long byte_count(int count, MPI_Datatype type) {
  int size = 0;
  PMPI_Type_size(type, &size);
  return static_cast<long long>(count) * size;
}

void note(const char* name, MPI_Comm communicator, long long bytes) {
  const std::string line =
      std::string(name) + " " + world_ranks(communicator) + " " + std::to_string(bytes);
  const std::lock_guard lock(guard);
  calls.push_back(line);
  ++call_count;
}

}  // namespace

extern "C" {

int pylaunch_test_call_count(void) { return call_count; }

// As profilers do: whoever asks where MPI_Init_thread lies finds this library.
int MPI_Init_thread(int* argc, char*** argv, int required, int* provided) {
  return PMPI_Init_thread(argc, argv, required, provided);
}

int MPI_Ibcast(void* buffer, int count, MPI_Datatype type, int root, MPI_Comm comm,
               MPI_Request* request) {
  note("Ibcast", comm, byte_count(count, type));
  return PMPI_Ibcast(buffer, count, type, root, comm, request);
}

int MPI_Bcast(void* buffer, int count, MPI_Datatype type, int root, MPI_Comm comm) {
  note("Bcast", comm, byte_count(count, type));
  return PMPI_Bcast(buffer, count, type, root, comm);
}

int MPI_Iallreduce(const void* in, void* out, int count, MPI_Datatype type, MPI_Op op,
                   MPI_Comm comm, MPI_Request* request) {
  note("Iallreduce", comm, byte_count(count, type));
  return PMPI_Iallreduce(in, out, count, type, op, comm, request);
}

int MPI_Allreduce(const void* in, void* out, int count, MPI_Datatype type, MPI_Op op,
                  MPI_Comm comm) {
  note("Allreduce", comm, byte_count(count, type));
  return PMPI_Allreduce(in, out, count, type, op, comm);
}

int MPI_Barrier(MPI_Comm comm) {
  note("Barrier", comm, 0);
  return PMPI_Barrier(comm);
}

int MPI_Igather(const void* in, int in_count, MPI_Datatype in_type, void* out, int out_count,
                MPI_Datatype out_type, int root, MPI_Comm comm, MPI_Request* request) {
  note("Igather", comm, byte_count(in_count, in_type));
  return PMPI_Igather(in, in_count, in_type, out, out_count, out_type, root, comm, request);
}

int MPI_Send(const void* buffer, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm) {
  note("Send", comm, byte_count(count, type));
  return PMPI_Send(buffer, count, type, to, tag, comm);
}

int MPI_Isend(const void* buffer, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm,
              MPI_Request* request) {
  note("Isend", comm, byte_count(count, type));
  return PMPI_Isend(buffer, count, type, to, tag, comm, request);
}

int MPI_Irecv(void* buffer, int count, MPI_Datatype type, int from, int tag, MPI_Comm comm,
              MPI_Request* request) {
  note("Irecv", comm, byte_count(count, type));
  return PMPI_Irecv(buffer, count, type, from, tag, comm, request);
}

int MPI_Finalize(void) {
  const char* path = std::getenv("PYLAUNCH_TEST_CALLS");
  int rank = 0;
  PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm node = MPI_COMM_NULL;
  PMPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node);
  const std::string neighbours = world_ranks(node);
  PMPI_Comm_free(&node);
  if (path != nullptr) {
    if (std::FILE* file =
            std::fopen((std::string(path) + "." + std::to_string(rank)).c_str(), "w")) {
      std::fprintf(file, "node %s 0\n", neighbours.c_str());
      for (const std::string& call : calls) std::fprintf(file, "%s\n", call.c_str());
      std::fclose(file);
    }
  }
  return PMPI_Finalize();
}

}  // extern "C"
