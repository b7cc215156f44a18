// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <mpi.h>
#include <sys/types.h>

#include <string>

namespace pylaunch {

// MPI's lifetime as one object: the constructor initialises, finalize() ends it and reports.
class MpiEnvironment {
 public:
  // `thread_level` is one of the words of --thread-level. Throws LaunchError.
  MpiEnvironment(int* argc, char*** argv, const std::string& thread_level);
  // Without finalize(), as after an exception: MPI_Abort, so that no other rank waits for this one.
  ~MpiEnvironment();
  MpiEnvironment(const MpiEnvironment&) = delete;
  MpiEnvironment& operator=(const MpiEnvironment&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  // Empty, or that MPI gives less than was asked for.
  const std::string& thread_level_warning() const { return thread_level_warning_; }

  // Empty, or why this process is alone in its job though it was started as one of many.
  const std::string& isolation() const { return isolation_; }

  // Whether this process is a child that the program has forked: MPI is its parent's.
  bool is_forked() const;

  // Whether MPI is over already: a program may call MPI.Finalize() itself.
  bool is_finalized() const;

  // Collective, unless MPI is over already. Throws LaunchError.
  void finalize();

  // Ends every rank of the job with this status. Does not return.
  [[noreturn]] void abort(int status);

 private:
  int rank_ = 0;
  int size_ = 1;
  pid_t process_;
  bool finalized_ = false;
  std::string thread_level_warning_;
  std::string isolation_;
};

// The communicator of all ranks that the launcher itself uses: messages of the program cannot meet
// the launcher's. Move-only; null after a move.
class Communicator {
 public:
  Communicator() = default;
  explicit Communicator(MPI_Comm handle) : handle_(handle) {}
  ~Communicator();
  Communicator(Communicator&& other) noexcept;
  Communicator& operator=(Communicator&& other) noexcept;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  // Collective.
  static Communicator duplicate_world();

  MPI_Comm get() const { return handle_; }
  explicit operator bool() const { return handle_ != MPI_COMM_NULL; }
  int rank() const;
  int size() const;

 private:
  MPI_Comm handle_ = MPI_COMM_NULL;
};

// The DT_SONAME of the MPI library that this process is linked with, e.g. "libmpich.so.12".
std::string mpi_library_soname();

}  // namespace pylaunch
