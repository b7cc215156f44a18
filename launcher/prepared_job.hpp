// SPDX-License-Identifier: BSD-3-Clause
//
// What rank 0 does alone, before anything is broadcast; and how the others learn of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "launcher/bundle_prefetch.hpp"
#include "launcher/cache_directory.hpp"
#include "launcher/manifest.hpp"
#include "launcher/node_copy.hpp"
#include "launcher/python_installation.hpp"
#include "launcher/python_runtime.hpp"
#include "launcher/report.hpp"
#include "launcher/timeline.hpp"

namespace pylaunch {

struct PreparedJob {
  // The exit status for every rank when something failed (rank 0 has said what), or when there is
  // nothing to run, as after `-V`.
  std::optional<int> ends_with;
  JobHeader header;
  PythonInstallation python;
  ReportFile report;
  CacheDirectory cache;
  std::string cache_name;  // of manifest and bundle
  Manifest manifest;
  bool has_new_manifest = false;  // it is not the one in the cache
  bool is_first_run = false;
  std::int64_t started_ns = 0;  // since the epoch
  BundlePrefetch prefetch;
  CachedBundle cached_bundle;
  bundle::BundleBuffer libpython, support_library;
  bundle::Bytes session;
  bundle::Bytes bundle;
  bool has_new_bundle = false;  // it is not the cached one
  // A rank that is alone uses the bundle where it is, and libraries from their true paths, unless
  // opening these is slow.
  bool is_copied = true;
  std::uint64_t stale_bytes = 0;  // broadcast in vain

  bool is_resolved = false;

  // What goes to the nodes; empty on the other ranks, and without broadcast.
  Cargo cargo();
  // Lets go of what the node's copy has as well; the bundle's bytes are there from now on.
  void leave_to(const NodeCopy& files);
};

// Rank 0, in two steps. The first may come before MPI_Init, while the other ranks are still busy
// there: the interpreter is started, and the file system asked whether what an earlier run has left
// is still true. Its content is read meanwhile, and taken in the second step. So is what may take
// long, the static scan of a first run: process managers end jobs whose ranks do not come to
// MPI_Init in time. Both return at once on the other ranks, and what the first has done the second
// need not do.
// Never throw: a failure is in the job, so that rank 0 reaches the collective in which the others
// wait.
void prepare_early(PreparedJob& job, const Options& options, PythonRuntime& python,
                   Timeline& timeline);
void prepare(PreparedJob& job, const Options& options, PythonRuntime& python, Timeline& timeline);

// Every rank ends with this status: all have been told.
struct AgreedEnd {
  int status;
};

// Collective. Throws AgreedEnd on every rank when rank 0 has failed.
JobHeader agree_to_start(const PreparedJob& job, const Communicator& all);

// Starts the interpreter from the node's copy; without a broadcast from the file system, on each
// rank, which may fail on all of them: then it is collective, and throws AgreedEnd on every rank.
void start_python(PythonRuntime& python, const JobHeader& header, NodeCopy& copy,
                  const Options& options, const Communicator& all);

// When the header says that what was broadcast is provisional: collective, waits for rank 0 to know
// whether the cached bundle is still true, and returns a copy of the new one if not. Throws
// AgreedEnd.
std::optional<NodeCopy> replace_if_stale(PreparedJob& job, const JobHeader& header,
                                         PythonRuntime& python, const NodeCopy& provisional,
                                         const Communicator& all, const NodeTopology& nodes,
                                         Timeline& timeline);

}  // namespace pylaunch
