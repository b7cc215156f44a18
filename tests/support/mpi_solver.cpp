// SPDX-License-Identifier: BSD-3-Clause
//
// A compiled program that runs beside pylaunch in one job, and does with it what coupled programs
// do: all split MPI_COMM_WORLD by program, rank 0 sends to every rank behind its own program's, and
// all take part in a sum, in which a rank of Python has its rank plus 100.
#include <mpi.h>

#include <cstdio>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0, size = 0, own_size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm own = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, 0, rank, &own);
  MPI_Comm_size(own, &own_size);
  const double boundary = 1.5;
  for (int other = own_size; rank == 0 && other < size; ++other)
    MPI_Send(&boundary, 1, MPI_DOUBLE, other, 7, MPI_COMM_WORLD);
  const double mine = rank;
  double sum = 0;
  MPI_Reduce(&mine, &sum, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0) std::printf("solver: %d of %d ranks, sum %g\n", own_size, size, sum);
  MPI_Comm_free(&own);
  MPI_Finalize();
}
