// SPDX-License-Identifier: BSD-3-Clause
//
// The support library of this rank, in C++ terms: support_api.h says what each call does and on
// which ranks it is made.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/reader.hpp"
#include "bundle/support_api.h"
#include "launcher/node_copy.hpp"
#include "launcher/options.hpp"
#include "launcher/standard_streams.hpp"

namespace pylaunch {

// What every rank is told before the large messages.
struct JobHeader {
  std::string executable;  // the user's interpreter
  std::string libpython;   // true paths
  std::string support_library;
  std::string libpython_names;    // the library of names, when this executable's CPython is used
  bool is_provisional = false;    // rank 0 is still asking whether the bundle's files have changed
  bool wants_everything = false;  // for the report, of each rank

  bool is_python_built_in() const { return !libpython_names.empty(); }
  // What rank 0 loads, and the nodes get a copy of.
  const std::string& libpython_file() const {
    return is_python_built_in() ? libpython_names : libpython;
  }
};

struct ResolvedEnvironment {
  bundle::Bytes session;  // lives as long as the PythonRuntime
  std::uint64_t key = 0;  // names program and environment
};

struct CachedOffer {
  bool is_candidate = false;  // the cached bundle may be the bundle
  bundle::Bytes session;      // to send instead of the environment's
};

class PythonRuntime {
 public:
  using Learn = std::function<void(std::string_view record)>;

  // Rank and size of the job may be what the process manager says, until set_place().
  // Closed streams are given back before the interpreter looks at them.
  PythonRuntime(const Options& options, StandardStreams& streams, std::optional<int> rank,
                int size);
  PythonRuntime(const PythonRuntime&) = delete;
  PythonRuntime& operator=(const PythonRuntime&) = delete;

  // What MPI says, once it is initialised. nullopt: not of the job, and not the root of one.
  void set_place(std::optional<int> rank, int size);

  // Rank 0. Each throws LaunchError when the job should end.
  ResolvedEnvironment resolve(const JobHeader& header);
  void begin_collect(std::string_view manifest);
  CachedOffer offer_cached(bundle::Bytes cached);
  bundle::Bytes collect();

  // Every rank: from the node's copy, or as python3 would when nothing was broadcast.
  void start(const JobHeader& header, NodeCopy& files);
  void publish(NodeCopy& files);

  // `learn` gets the record of rank 0 so far, from another thread meanwhile.
  int run(const Learn& learn);
  int finish(int status);
  // After finish(): whether the program left something in MPI on this rank.
  bool has_left() const { return support_->has_left() != 0; }
  // Collective, when all ranks have come there and any has left something: frees what the program
  // left in MPI. Returns an MPI error code.
  int release(MPI_Comm all);
  bool is_root() const { return host_.rank == 0; }
  bool has_closed_streams() const { return streams_.any_closed(); }
  bool is_alone() const { return host_.size == 1; }
  // What the last call has to say about its failure.
  std::string_view error() const { return support_ != nullptr ? support_->error() : ""; }
  std::string_view record() const;

 private:
  void build_request(const JobHeader& header);

  const Options& options_;
  StandardStreams& streams_;
  NodeCopy* files_ = nullptr;
  Learn learn_;
  const PylaunchSupport* support_ = nullptr;
  PylaunchHost host_ = {};
  PylaunchRequest request_ = {};
  std::vector<std::string> arguments_;
  std::vector<char*> argv_;
  std::vector<const char*> includes_;
  std::string mpi_library_;
  std::string support_library_;
};

}  // namespace pylaunch
