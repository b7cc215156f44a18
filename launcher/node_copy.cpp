// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/node_copy.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "launcher/agreement.hpp"
#include "launcher/broadcast.hpp"
#include "launcher/error.hpp"

namespace pylaunch {

namespace {

constexpr std::uint64_t page = 4096;

std::uint64_t align_to_page(std::uint64_t size) { return (size + page - 1) / page * page; }

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace

NodeCopy::NodeCopy(const Cargo& cargo, const Communicator& all, const NodeTopology& topology) {
  make_plan(cargo, all);
  const bool is_leader = topology.is_leader();
  if (is_leader) {
    create_files(cargo, topology.leaders);
    fill_files(cargo);
    transfer(topology.leaders);
  }
  if (topology.node.size() > 1) is_shared_ = open_shared(topology.node);
  if (!is_shared_) {
    // The leader is the source for the others now, and each keeps a copy of its own.
    if (is_leader)
      transfer(topology.node);
    else {
      create_files({}, topology.node);
      transfer(topology.node);
    }
  }
  for (std::size_t i = 1; i < files_.size(); ++i) paths_.push_back(files_[i].path());
  index_libraries();
}

// What every rank has to know to take part.
void NodeCopy::make_plan(const Cargo& cargo, const Communicator& all) {
  plan_.session_bytes = cargo.session.size();
  plan_.runtime_count = cargo.runtime.size();
  plan_.file_count = 1 + cargo.runtime.size();
  for (const LibraryFile& file : cargo.runtime) plan_.runtime_bytes += file.bytes.size();
  if (!cargo.bundle.empty()) {
    const bundle::BundleView view(cargo.bundle);
    plan_.prefix_bytes = view.header().libraries_offset;
    plan_.bundle_bytes = view.header().total_bytes;
    for (std::uint32_t i = 0; i < view.size(); ++i)
      if (view.entry(i).kind == bundle::Kind::library) ++plan_.file_count;
  }
  broadcast_value(plan_, all, "broadcast of sizes");
}

std::uint64_t NodeCopy::bytes() const {
  return plan_.session_bytes + plan_.bundle_bytes + plan_.runtime_bytes;
}

// The first file has session and bundle, the bundle from a page boundary on and up to its
// libraries; then one file for each shared object, as dlopen wants them.
void NodeCopy::create_files(const Cargo& cargo, const Communicator& ranks) {
  std::vector<std::uint64_t> sizes = {align_to_page(plan_.session_bytes) + plan_.prefix_bytes};
  std::vector<std::string> names = {"pylaunch-data"};
  for (const LibraryFile& file : cargo.runtime) {
    sizes.push_back(file.bytes.size());
    names.push_back(file.name);
  }
  if (!cargo.bundle.empty()) {
    const bundle::BundleView view(cargo.bundle);
    for (std::uint32_t i = 0; i < view.size(); ++i) {
      if (view.entry(i).kind != bundle::Kind::library) continue;
      sizes.push_back(view.entry(i).content_bytes);
      names.push_back(base_name(view.path(view.entry(i))));
    }
  }
  sizes.resize(plan_.file_count);
  names.resize(plan_.file_count, "pylaunch-library");
  Broadcast broadcast(ranks, "broadcast of sizes");
  broadcast.add(std::as_writable_bytes(std::span(sizes)));
  broadcast.finish();
  for (std::size_t i = 0; i < sizes.size(); ++i) files_.emplace_back(names[i], sizes[i]);
}

// On rank 0.
void NodeCopy::fill_files(const Cargo& cargo) {
  if (cargo.session.empty()) return;
  files_[0].write(cargo.session, 0);
  if (!cargo.bundle.empty())
    files_[0].write(cargo.bundle.first(plan_.prefix_bytes), align_to_page(plan_.session_bytes));
  std::size_t next = 1;
  for (const LibraryFile& file : cargo.runtime) files_[next++].write(file.bytes, 0);
  if (cargo.bundle.empty()) return;
  const bundle::BundleView view(cargo.bundle);
  for (std::uint32_t i = 0; i < view.size(); ++i) {
    const bundle::Entry& entry = view.entry(i);
    if (entry.kind != bundle::Kind::library) continue;
    files_[next++].write(cargo.bundle.subspan(entry.content_offset, entry.content_bytes), 0);
  }
}

// Rank 0 of `ranks` has the files filled; the others have them in the same sizes and get them
// filled. All files go as one piece: it is the number of messages that costs.
void NodeCopy::transfer(const Communicator& ranks) {
  if (ranks.size() > 1) {
    // The source is mapped writable as well: MPICH's algorithms for long messages receive pieces
    // at the root that it has already.
    const Mapping window = map_together(files_, ranks.rank() == 0);
    Broadcast broadcast(ranks, "broadcast");
    broadcast.add(window.bytes());
    broadcast.finish();
  }
  for (const MemoryFile& file : files_) file.seal();
  if (data_.bytes().empty()) set_data(map_readable(files_[0].path(), files_[0].size()));
}

void NodeCopy::set_data(Mapping data) {
  data_ = std::move(data);
  const bundle::Bytes bytes = data_.bytes();
  session_ = bytes.first(plan_.session_bytes);
  if (plan_.prefix_bytes != 0)
    bundle_ = bytes.subspan(align_to_page(plan_.session_bytes), plan_.prefix_bytes);
}

// Collective over a node: the leader says where its files are, the others map the data. False, on
// all ranks, when any of them cannot.
bool NodeCopy::open_shared(const Communicator& node) {
  struct Location {
    std::int64_t process = getpid();
    std::uint64_t file_count = 0;
  } leader;
  leader.file_count = files_.size();
  broadcast_value(leader, node, "broadcast on the node");
  std::vector<std::int32_t> descriptors(leader.file_count);
  for (std::size_t i = 0; i < files_.size(); ++i) descriptors[i] = files_[i].descriptor();
  Broadcast broadcast(node, "broadcast on the node");
  broadcast.add(std::as_writable_bytes(std::span(descriptors)));
  broadcast.finish();

  int failed = 0;
  const auto path_of = [&](std::int32_t descriptor) {
    return fmt::format("/proc/{}/fd/{}", leader.process, descriptor);
  };
  if (files_.empty()) {
    try {
      const std::uint64_t size = align_to_page(plan_.session_bytes) + plan_.prefix_bytes;
      set_data(map_readable(path_of(descriptors[0]), size));
    } catch (const LaunchError&) {
      failed = 1;
    }
  }
  if (agree_on_largest(failed, node, "publish") != 0) return false;
  if (files_.empty())
    for (std::size_t i = 1; i < descriptors.size(); ++i) paths_.push_back(path_of(descriptors[i]));
  return true;
}

void NodeCopy::index_libraries() {
  if (bundle_.empty()) return;
  const bundle::BundleView view(bundle_);
  library_of_entry_.assign(view.size(), -1);
  auto next = static_cast<std::int32_t>(plan_.runtime_count);
  for (std::uint32_t i = 0; i < view.size(); ++i)
    if (view.entry(i).kind == bundle::Kind::library) library_of_entry_[i] = next++;
}

const char* NodeCopy::library_path(std::uint32_t entry) const {
  if (entry >= library_of_entry_.size() || library_of_entry_[entry] < 0) return nullptr;
  return paths_[static_cast<std::size_t>(library_of_entry_[entry])].c_str();
}

}  // namespace pylaunch
