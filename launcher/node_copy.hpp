// SPDX-License-Identifier: BSD-3-Clause
//
// The job's files, once per node: rank 0 hands its bytes to the node leaders (each byte crosses the
// network once per node), a leader puts them into memory files, and the ranks of the node map
// those.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/buffer.hpp"
#include "bundle/reader.hpp"
#include "launcher/memory_file.hpp"
#include "launcher/node_topology.hpp"

namespace pylaunch {

// A shared object for dlopen: name and content.
struct LibraryFile {
  std::string name;
  bundle::Bytes bytes;
};

// What rank 0 gives; borrowed as long as the NodeCopy lives. On the other ranks all is empty.
struct Cargo {
  bundle::Bytes session;
  bundle::Bytes bundle;
  std::vector<LibraryFile> runtime;  // libpython, the support library
  bool copy_for_one = false;         // also in a job of one rank, which else uses it where it is
  // Memory files that have the bundle already, as CachedBundle makes them; taken over, if any.
  std::vector<MemoryFile>* bundle_files = nullptr;
};

class NodeCopy {
 public:
  // Collective. Throws LaunchError on the rank that fails only: the others wait for it, until it
  // aborts the job.
  NodeCopy(const Cargo& cargo, const Communicator& all, const NodeTopology& topology);

  // The bundle here ends where its libraries begin. They live as long as the NodeCopy.
  bundle::Bytes session() const { return session_; }
  bundle::Bytes bundle() const { return bundle_; }

  // Paths for dlopen; no file of the shared file system is behind them.
  const std::string& runtime_path(std::size_t index) const { return paths_[index]; }
  // nullptr: this library has to be loaded from its true path. Without a copy all have.
  const char* library_path(std::uint32_t bundle_entry) const;

  // False without a copy, and on those that use what another rank of their node holds.
  bool holds_files() const { return !files_.empty(); }
  // On a rank that does: the whole bundle as rank 0 gave it, in pieces that follow one another.
  void read_whole_bundle(const std::function<void(bundle::Bytes)>& take) const;

  // False when the ranks of this node could not share one copy.
  bool is_shared() const { return is_shared_; }
  // What came over the network to this node, in bytes.
  std::uint64_t bytes() const;

 private:
  // Sizes that every rank knows before the first large message.
  struct Plan {
    std::uint64_t session_bytes = 0;
    std::uint64_t prefix_bytes = 0;  // of the bundle, up to its libraries
    std::uint64_t bundle_bytes = 0;
    std::uint64_t runtime_bytes = 0;
    std::uint64_t runtime_count = 0;
    std::uint64_t file_count = 0;
  };

  // A range of one of the files.
  struct Place {
    std::size_t file = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    bool is_filled = false;
  };

  void make_plan(const Cargo& cargo, const Communicator& all);
  std::vector<std::uint64_t> file_sizes(const Cargo& cargo) const;
  void create_files(const Cargo& cargo);
  std::vector<Place> places() const;
  std::vector<bundle::Bytes> contents(const Cargo& cargo) const;
  void fill_files(const Cargo& cargo, const Communicator& all, const NodeTopology& topology);
  void copy_within_node(const Communicator& node);
  void seal_files();
  bool open_shared(const Communicator& all, const NodeTopology& topology);
  void map_data(const std::string& path);
  void set_data(bundle::Bytes data);
  void index_libraries();

  Plan plan_;
  std::vector<std::uint64_t> sizes_;  // of the files
  Mapping data_;
  bundle::BundleBuffer own_data_;  // in its place, of a rank that has its node for itself
  bundle::Bytes session_;
  bundle::Bytes bundle_;
  bool is_shared_ = true;
  bool has_bundle_ = false;  // in the files, before any broadcast
  // Held by leaders, or by all when they cannot share; the data first, then the libraries.
  std::vector<MemoryFile> files_;
  std::vector<std::string> paths_;              // of the libraries, runtime first
  std::vector<std::int32_t> library_of_entry_;  // by bundle entry: index into paths_, or -1
};

}  // namespace pylaunch
