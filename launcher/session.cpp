// SPDX-License-Identifier: BSD-3-Clause
//
// The start-up story. Rank 0: interpreter, environment, manifest, bundle, while the others
// initialise MPI. Then all ranks: nodes → broadcast, one copy per node → interpreter and importer →
// the program → the common end, timings, report.
#include "launcher/session.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <new>
#include <optional>

#include "bundle/out_of_memory.hpp"
#include "bundle/support_api.h"
#include "launcher/common_command.hpp"
#include "launcher/conclusion.hpp"
#include "launcher/end_of_job.hpp"
#include "launcher/error.hpp"
#include "launcher/finalize_hook.hpp"
#include "launcher/finalize_order.hpp"
#include "launcher/job_communicator.hpp"
#include "launcher/log.hpp"
#include "launcher/memory_file.hpp"
#include "launcher/mpi_environment.hpp"
#include "launcher/node_copy.hpp"
#include "launcher/node_topology.hpp"
#include "launcher/prepared_job.hpp"
#include "launcher/process_manager.hpp"
#include "launcher/python_runtime.hpp"
#include "launcher/report.hpp"
#include "launcher/standard_streams.hpp"
#include "launcher/timeline.hpp"

namespace pylaunch {

namespace {

// Returns the exit status, with the end of MPI left to do.
int run_phases(const Options& options, MpiEnvironment& mpi, const Communicator& all,
               const NodeTopology& nodes, FinalizeOrder& order, PythonRuntime& python,
               PreparedJob& job, Timeline& timeline) try {
  require_common_command(nodes.commands, options.ranks, all.rank(), "");
  FinalizeHook hook([&] { meet_before_finalize(mpi, all, order); });

  prepare(job, options, python, timeline);  // on rank 0; the others have the job empty
  timeline.enter(python.is_root() ? Phase::broadcast : Phase::wait);
  const JobHeader header = agree_to_start(job, all);  // a failure so far ends every rank here
  timeline.enter(Phase::broadcast);
  NodeCopy copy(job.cargo(), all, nodes);
  timeline.enter(Phase::python_init);
  start_python(python, header, copy, options, all);
  std::optional<NodeCopy> newer = replace_if_stale(job, header, python, copy, all, nodes, timeline);
  NodeCopy& files = newer ? *newer : copy;
  job.leave_to(files);  // one copy on this node, not two
  timeline.enter(Phase::python_init);
  python.publish(files);
  timeline.enter(Phase::script);
  const int program_status =
      python.run([&](std::string_view record) { learn(job, record, files); });
  timeline.enter(Phase::finalise);
  const int status = finish_python(python, program_status, mpi);

  if (mpi.is_finalized()) return leave_after_finalize(status, job, python, files);
  hook.disarm();
  const CommonEnd end = end_together(python, status, mpi, all);  // or abort, if others cannot come
  if (end.any_finalized) return leave_after_finalize(status, job, python, files);
  free_what_is_left(python, end, status, mpi, all);  // before MPI ends, which asserts that
  conclude(options, job, header, python, files, nodes, timeline, all);
  return status;
} catch (const AgreedEnd& end) {
  return end.status;
}

}  // namespace

int run_session(const Options& options, int argc, char** argv) {
  Timeline timeline;
  StandardStreams streams;
  start_log(options.log_level, rank_before_mpi().value_or(0));
  PythonRuntime python(options, streams, options.ranks.job_rank(rank_before_mpi().value_or(0)),
                       options.ranks.count(size_before_mpi().value_or(2)));
  if (may_lead_node()) make_room_for_descriptors();  // while there are no threads
  PreparedJob job;
  // The interpreter has to find a closed stream closed. Before MPI_Init that is too early: MPI
  // would open something under its number.
  const bool may_be_early = rank_before_mpi().has_value() && !streams.any_closed();
  if (may_be_early) prepare_early(job, options, python, timeline);

  timeline.enter(Phase::mpi_init);
  MpiEnvironment mpi(&argc, &argv, options.thread_level);
  set_log_rank(mpi.rank());
  python.set_place(options.ranks.job_rank(mpi.rank()), options.ranks.count(mpi.size()));
  if (python.is_root() && !mpi.thread_level_warning().empty())
    spdlog::warn(mpi.thread_level_warning());
  if (!mpi.isolation().empty()) {
    spdlog::error(mpi.isolation());
    mpi.finalize();
    return PYLAUNCH_EXIT_SYSTEM;
  }
  try {
    const Communicator all = join_job(options.ranks, {mpi.rank(), mpi.size()});
    const NodeTopology nodes = find_nodes(all, command_of(options));
    FinalizeOrder order(all, nodes, options.ranks);
    const int status = run_phases(options, mpi, all, nodes, order, python, job, timeline);
    return end_mpi(status, options.ranks, mpi, order);
  } catch (const LaunchError& error) {
    if (*error.what() != '\0') spdlog::error(error.what());
    mpi.abort(error.status());
  } catch (const std::bad_alloc&) {
    spdlog::error("during {}: {}", timeline.phase(), bundle::out_of_memory);
    mpi.abort(PYLAUNCH_EXIT_SYSTEM);
  } catch (const std::exception& error) {
    spdlog::error(error.what());
    mpi.abort(PYLAUNCH_EXIT_INTERNAL);
  }
}

}  // namespace pylaunch
