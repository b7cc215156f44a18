// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/mpi_environment.hpp"

#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "bundle/support_api.h"
#include "launcher/agreement.hpp"
#include "launcher/error.hpp"
#include "launcher/process_manager.hpp"
#include "launcher/written_output.hpp"

namespace pylaunch {

namespace {

int thread_level_of(const std::string& word) {
  if (word == "single") return MPI_THREAD_SINGLE;
  if (word == "funneled") return MPI_THREAD_FUNNELED;
  if (word == "serialized") return MPI_THREAD_SERIALIZED;
  return MPI_THREAD_MULTIPLE;
}

// The interpreter may run already. The signal handlers that it has (faulthandler's, say) are those
// that count, as they would if MPI had been initialised before it; UCX sets some of its own.
class KeptSignalHandlers {
 public:
  KeptSignalHandlers() {
    for (int signal = 1; signal < signal_count; ++signal)
      if (sigaction(signal, nullptr, &before_[signal]) != 0) before_[signal].sa_handler = SIG_DFL;
  }
  ~KeptSignalHandlers() {
    for (int signal = 1; signal < signal_count; ++signal) {
      const bool was_default =
          (before_[signal].sa_flags & SA_SIGINFO) == 0 && before_[signal].sa_handler == SIG_DFL;
      if (!was_default) sigaction(signal, &before_[signal], nullptr);
    }
  }
  KeptSignalHandlers(const KeptSignalHandlers&) = delete;
  KeptSignalHandlers& operator=(const KeptSignalHandlers&) = delete;

 private:
  static constexpr int signal_count = 32;
  struct sigaction before_[signal_count] = {};
};

}  // namespace

MpiEnvironment::MpiEnvironment(int* argc, char*** argv, const std::string& thread_level)
    : process_(getpid()) {
  const int wanted = thread_level_of(thread_level);
  int provided = MPI_THREAD_SINGLE;
  const KeptSignalHandlers handlers;
  const std::optional<PromisedSize> promised = promised_size();
  int initialized = 0;
  check_mpi(MPI_Initialized(&initialized), "MPI_Initialized");
  // On rank 0 a sitecustomize may have imported an mpi4py that initialises MPI.
  if (initialized != 0)
    check_mpi(MPI_Query_thread(&provided), "MPI_Query_thread");
  else
    check_mpi(MPI_Init_thread(argc, argv, wanted, &provided), "MPI_Init_thread");
  check_mpi(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
  isolation_ = find_isolation(promised, size_);
  disconnect_children();
  if (provided < wanted)
    thread_level_warning_ = "MPI does not provide the thread level '" + thread_level +
                            "'; see MPI.Query_thread() for the one it gave";
}

bool MpiEnvironment::is_forked() const { return getpid() != process_; }

MpiEnvironment::~MpiEnvironment() {
  int initialized = 0;
  MPI_Initialized(&initialized);
  if (initialized != 0 && !finalized_) MPI_Abort(MPI_COMM_WORLD, PYLAUNCH_EXIT_INTERNAL);
}

bool MpiEnvironment::is_finalized() const {
  int finalized = 0;
  check_mpi(MPI_Finalized(&finalized), "MPI_Finalized");
  return finalized != 0;
}

void MpiEnvironment::finalize() {
  finalized_ = true;
  if (!is_finalized()) check_mpi(MPI_Finalize(), "MPI_Finalize");
}

void MpiEnvironment::abort(int status) {
  wait_for_written_output();
  MPI_Abort(MPI_COMM_WORLD, status);
  _Exit(status);  // an MPI_Abort that returns has failed
}

Communicator::~Communicator() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (handle_ == MPI_COMM_NULL || finalized != 0) return;
  // After an exception the job is aborted; MPI_Comm_free is collective, and the others do not come.
  if (std::uncaught_exceptions() == 0) MPI_Comm_free(&handle_);
}

Communicator::Communicator(Communicator&& other) noexcept
    : handle_(std::exchange(other.handle_, MPI_COMM_NULL)) {}

Communicator& Communicator::operator=(Communicator&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

Communicator Communicator::duplicate_world() {
  MPI_Comm handle = MPI_COMM_NULL;
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Comm_idup(MPI_COMM_WORLD, &handle, &request), "MPI_Comm_idup");
  wait_for_first_meeting(request, "MPI_Comm_idup");
  Communicator copy(handle);
  check_mpi(MPI_Comm_set_errhandler(handle, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return copy;
}

int Communicator::rank() const {
  int rank = 0;
  check_mpi(MPI_Comm_rank(handle_, &rank), "MPI_Comm_rank");
  return rank;
}

int Communicator::size() const {
  int size = 0;
  check_mpi(MPI_Comm_size(handle_, &size), "MPI_Comm_size");
  return size;
}

std::string mpi_library_soname() {
  // PMPI: MPI_Init_thread may be that of a profiling library.
  Dl_info info = {};
  if (dladdr(reinterpret_cast<void*>(&PMPI_Init_thread), &info) == 0 || info.dli_fname == nullptr)
    return {};
  // ld.so reports the name it was asked for, which is the soname with a folder in front.
  const std::string_view path = info.dli_fname;
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace pylaunch
