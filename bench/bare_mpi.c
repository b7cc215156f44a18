/* SPDX-License-Identifier: BSD-3-Clause */
/* What MPI itself costs: initialise at the thread level that pylaunch asks for, and finish. */
#include <mpi.h>
#include <stddef.h>

int main(int argc, char** argv) {
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
  return MPI_Finalize();
}
