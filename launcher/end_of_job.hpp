// SPDX-License-Identifier: BSD-3-Clause
//
// How a rank leaves the job without making others wait for ever, or losing what they print.
#pragma once

#include "launcher/finalize_order.hpp"
#include "launcher/mpi_environment.hpp"
#include "launcher/prepared_job.hpp"
#include "launcher/python_runtime.hpp"

namespace pylaunch {

// Ends the interpreter: threads joined, atexit run. When the program has failed and its threads or
// exit handlers do not come to an end within seconds (they may wait for ranks that wait for this
// one), the job is aborted. Does not return in a child that the program has forked.
int finish_python(PythonRuntime& python, int program_status, MpiEnvironment& mpi);

struct CommonEnd {
  bool all_well = false;       // every rank has the status 0
  bool any_left = false;       // some rank's program left something in MPI
  bool any_finalized = false;  // some rank's program has called MPI_Finalize
};

// Returns when all ranks have come here. A rank that failed gives the others a short time, since
// all may have failed alike and have tracebacks to print, and aborts the job if they do not come.
CommonEnd end_together(const PythonRuntime& python, int status, MpiEnvironment& mpi,
                       const Communicator& all);

// What a rank does instead whose program calls MPI_Finalize itself: without it the others would
// wait for ever in end_together(), and this rank for them in MPI_Finalize.
void meet_before_finalize(const MpiEnvironment& mpi, const Communicator& all, FinalizeOrder& order);

// On every rank when the program has finalised MPI on any: nothing can be gathered any more. What
// rank 0 has used is learned. Returns `status`.
int leave_after_finalize(int status, PreparedJob& job, const PythonRuntime& python,
                         const NodeCopy& files);

// Collective, unless nothing was left: frees the windows, files and communicators that the program
// left; MPI_Finalize of some libraries does not bear windows. Aborts the job when that takes too
// long, sooner after a failure.
void free_what_is_left(PythonRuntime& python, const CommonEnd& end, int status, MpiEnvironment& mpi,
                       const Communicator& all);

// The end of MPI on a rank whose job has come to its end. Programs that run beside it (--ranks) may
// wait for ranks that have failed, and these for them in MPI_Finalize: then everything is aborted.
// Returns `status`.
int end_mpi(int status, const JobRanks& ranks, MpiEnvironment& mpi, FinalizeOrder& order);

}  // namespace pylaunch
