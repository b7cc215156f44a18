// SPDX-License-Identifier: BSD-3-Clause
//
// The launcher's broadcast of large contents (launcher/tree_broadcast.cpp, as it is) among
// simulated nodes, under SimGrid's SMPI: prints the simulated seconds until the last node has all
// bytes.
#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "launcher/agreement.hpp"
#include "launcher/error.hpp"
#include "launcher/tree_broadcast.hpp"

// What the launcher has in other files, without the pauses in which it polls: a simulated rank has
// simulated time only.
namespace pylaunch {

void check_mpi(int code, const char* during) {
  if (code != MPI_SUCCESS) throw std::runtime_error(during);
}

void wait_all(std::span<MPI_Request> requests, const char* during) {
  check_mpi(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE),
            during);
}

Communicator::~Communicator() = default;

int Communicator::rank() const {
  int rank = 0;
  check_mpi(MPI_Comm_rank(handle_, &rank), "simulation");
  return rank;
}

int Communicator::size() const {
  int size = 0;
  check_mpi(MPI_Comm_size(handle_, &size), "simulation");
  return size;
}

}  // namespace pylaunch

int main(int argc, char** argv) {
  using namespace pylaunch;
  MPI_Init(&argc, &argv);
  const Communicator all(MPI_COMM_WORLD);
  const std::uint64_t bytes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0;
  const std::vector<std::uint64_t> sizes = {bytes};
  std::vector<std::byte> message;  // every piece has the same bytes
  if (all.rank() == 0) message.resize(std::size_t{1} << 20);
  std::uint64_t taken = 0;
  MPI_Barrier(MPI_COMM_WORLD);
  const double start = MPI_Wtime();
  broadcast_parts(
      sizes, all, [&](const Piece& piece) { return std::span(message).first(piece.size); },
      [&](const Piece& piece, std::span<const std::byte>) { taken += piece.size; });
  const double mine = taken == bytes ? MPI_Wtime() - start : 1e9;
  double slowest = 0;
  MPI_Reduce(&mine, &slowest, 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  if (all.rank() == 0) std::printf("%d %.6f\n", all.size(), slowest);
  MPI_Finalize();
  return 0;
}
