// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/node_copy.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "launcher/agreement.hpp"
#include "launcher/broadcast.hpp"
#include "launcher/error.hpp"

namespace pylaunch {

namespace {

constexpr std::uint64_t page = 4096;

std::uint64_t align_to_page(std::uint64_t size) { return (size + page - 1) / page * page; }

std::string base_name(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

}  // namespace

NodeCopy::NodeCopy(const Cargo& cargo, const Communicator& all, const NodeTopology& topology)
    : plan_(make_plan(cargo, all)) {
  const Communicator& node = topology.node;
  if (topology.is_leader()) {
    create_data(cargo);
    transfer(std::span(files_).first(1), topology.leaders);
    set_data(map_readable(files_[0].path(), files_[0].size()));
    create_libraries(cargo);
    transfer(std::span(files_).subspan(1), topology.leaders);
  }
  if (node.size() > 1) is_shared_ = open_shared(node);
  if (!is_shared_) {
    // The leader is the source for the others now, and each keeps a copy of its own.
    if (!topology.is_leader()) create_data(cargo);
    transfer(std::span(files_).first(1), node);
    if (!topology.is_leader()) {
      set_data(map_readable(files_[0].path(), files_[0].size()));
      create_libraries(cargo);
    }
    transfer(std::span(files_).subspan(1), node);
  }
  if (!files_.empty())
    for (const MemoryFile& file : std::span(files_).subspan(1)) paths_.push_back(file.path());
  index_libraries();
}

NodeCopy::Plan NodeCopy::make_plan(const Cargo& cargo, const Communicator& all) {
  Plan plan;
  plan.session_bytes = cargo.session.size();
  if (!cargo.bundle.empty()) {
    const bundle::BundleView view(cargo.bundle);
    plan.prefix_bytes = view.header().libraries_offset;
    plan.bundle_bytes = view.header().total_bytes;
  }
  plan.runtime_count = std::min(cargo.runtime.size(), Plan::runtime_limit);
  for (std::size_t i = 0; i < plan.runtime_count; ++i)
    plan.runtime_bytes[i] = cargo.runtime[i].bytes.size();
  broadcast_value(plan, all, "broadcast of sizes");
  return plan;
}

std::uint64_t NodeCopy::bytes() const {
  std::uint64_t sum = plan_.session_bytes + plan_.bundle_bytes;
  for (std::size_t i = 0; i < plan_.runtime_count; ++i) sum += plan_.runtime_bytes[i];
  return sum;
}

// Session and bundle in one file, the bundle from a page boundary on.
void NodeCopy::create_data(const Cargo& cargo) {
  const std::uint64_t bundle_offset = align_to_page(plan_.session_bytes);
  files_.emplace_back("pylaunch-data", bundle_offset + plan_.prefix_bytes);
  files_[0].write(cargo.session, 0);
  if (!cargo.bundle.empty()) files_[0].write(cargo.bundle.first(plan_.prefix_bytes), bundle_offset);
}

void NodeCopy::set_data(Mapping data) {
  data_ = std::move(data);
  const bundle::Bytes bytes = data_.bytes();
  session_ = bytes.first(plan_.session_bytes);
  if (plan_.prefix_bytes != 0)
    bundle_ = bytes.subspan(align_to_page(plan_.session_bytes), plan_.prefix_bytes);
}

// One file for each shared object, as dlopen wants them.
void NodeCopy::create_libraries(const Cargo& cargo) {
  for (std::size_t i = 0; i < plan_.runtime_count; ++i) {
    const bool is_source = i < cargo.runtime.size();
    files_.emplace_back(is_source ? cargo.runtime[i].name : "libpylaunch-runtime", plan_.runtime_bytes[i]);
    if (is_source) files_.back().write(cargo.runtime[i].bytes, 0);
  }
  if (bundle_.empty()) return;
  const bundle::BundleView view(bundle_);
  for (std::uint32_t i = 0; i < view.size(); ++i) {
    const bundle::Entry& entry = view.entry(i);
    if (entry.kind != bundle::Kind::library) continue;
    files_.emplace_back(base_name(view.path(entry)), entry.content_bytes);
    if (cargo.bundle.empty()) continue;
    files_.back().write(cargo.bundle.subspan(entry.content_offset, entry.content_bytes), 0);
  }
}

// Rank 0 of `ranks` has the files filled; the others have them in the same sizes, and get them
// filled and sealed.
void NodeCopy::transfer(std::span<const MemoryFile> files, const Communicator& ranks) {
  const bool is_source = ranks.rank() == 0;
  if (ranks.size() > 1) {
    std::vector<Mapping> mappings;
    Broadcast broadcast(ranks, "broadcast");
    for (const MemoryFile& file : files) {
      mappings.push_back(is_source ? map_readable(file.path(), file.size()) : file.map_writable());
      broadcast.add(mappings.back().bytes());
    }
    broadcast.finish();
  }
  for (const MemoryFile& file : files) file.seal();
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
