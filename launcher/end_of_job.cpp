// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/end_of_job.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <system_error>

#include "launcher/agreement.hpp"
#include "launcher/conclusion.hpp"
#include "launcher/error.hpp"
#include "launcher/watchdog.hpp"

namespace pylaunch {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds exit_handlers_limit{5000};
constexpr milliseconds release_limit{30000};
constexpr milliseconds others_limit{2000};
constexpr milliseconds no_limit = std::chrono::hours(24 * 365);

// Aborts the job when it is not destroyed in time.
class AbortInTime {
 public:
  AbortInTime(int status, MpiEnvironment& mpi, milliseconds limit, const char* complaint) try
      : watchdog_(limit, [=, &mpi] {
          spdlog::error("{}; aborting the job", complaint);
          mpi.abort(status);
        }) {
  } catch (const std::system_error& error) {
    // No thread is to be had. Without one the end of the job could wait for ever.
    spdlog::error("cannot watch the end of the job: {}; aborting it", error.what());
    mpi.abort(status);
  }

 private:
  Watchdog watchdog_;
};

// A child that the program has forked ends here, as any process of python3: neither a collective
// nor an exit handler of MPI's is for it.
[[noreturn]] void leave_parent_alone(int status) {
  std::fflush(nullptr);
  _exit(status);
}

struct OwnEnd {
  int status = 0;
  bool has_left = false;
  bool is_finalizing = false;
};

// Where all ranks meet, once each. Nothing, when the others have not come in time.
std::optional<CommonEnd> meet(const OwnEnd& own, const Communicator& all, milliseconds limit) {
  const int mine[3] = {own.status, own.has_left ? 1 : 0, own.is_finalizing ? 1 : 0};
  int largest[3] = {};
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallreduce(mine, largest, 3, MPI_INT, MPI_MAX, all.get(), &request),
            "end of the job");
  if (!wait_for(request, limit, "end of the job")) return std::nullopt;
  return CommonEnd{largest[0] == 0, largest[1] != 0, largest[2] != 0};
}

}  // namespace

int finish_python(PythonRuntime& python, int program_status, MpiEnvironment& mpi) {
  if (!python.error().empty()) spdlog::error(python.error());
  // The program may have forked, and so may an exit handler. The watchdog's thread stays with the
  // parent: a child must not come to where it is joined.
  const auto finish = [&] {
    const int status = python.finish(program_status);
    if (mpi.is_forked()) leave_parent_alone(status);
    return status;
  };
  if (program_status == 0 || mpi.size() == 1 || mpi.is_forked()) return finish();
  const AbortInTime limit(program_status, mpi, exit_handlers_limit,
                          "threads or exit handlers of the failed program do not end");
  return finish();
}

int leave_after_finalize(int status, PreparedJob& job, const PythonRuntime& python,
                         const NodeCopy& files) {
  if (python.is_root()) {
    if (job.report) spdlog::warn("no report: the program has finalised MPI itself");
    learn(job, python.record(), files);
  }
  return status;
}

void free_what_is_left(PythonRuntime& python, const CommonEnd& end, int status, MpiEnvironment& mpi,
                       const Communicator& all) {
  if (!end.any_left) return;
  // A program that has failed may have left a window in the middle of an epoch.
  const AbortInTime limit(std::max(status, 1), mpi,
                          end.all_well ? release_limit : exit_handlers_limit,
                          "what the program left in MPI cannot be freed");
  try {
    check_mpi(python.release(all.get()), "freeing of what the program left in MPI");
  } catch (const LaunchError& error) {
    spdlog::warn(error.what());  // the program itself has ended as it has
  }
}

CommonEnd end_together(const PythonRuntime& python, int status, MpiEnvironment& mpi,
                       const Communicator& all) {
  const std::optional<CommonEnd> end = meet({.status = status, .has_left = python.has_left()}, all,
                                            status == 0 ? no_limit : others_limit);
  if (end) return *end;
  spdlog::error("ended with status {} while other ranks still run; aborting the job", status);
  mpi.abort(status);
}

int end_mpi(int status, const JobRanks& ranks, MpiEnvironment& mpi, FinalizeOrder& order) {
  if (!mpi.is_finalized()) {
    if (status != 0 && !ranks.are_all()) mpi.abort(status);
    order.prepare();
  }
  mpi.finalize();
  return status;
}

void meet_before_finalize(const MpiEnvironment& mpi, const Communicator& all,
                          FinalizeOrder& order) {
  if (mpi.is_forked()) return;
  meet({.is_finalizing = true}, all, no_limit);
  order.prepare();
}

}  // namespace pylaunch
