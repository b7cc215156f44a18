// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/node_copy.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "launcher/agreement.hpp"
#include "launcher/broadcast.hpp"
#include "launcher/bundle_libraries.hpp"
#include "launcher/error.hpp"
#include "launcher/tree_broadcast.hpp"

namespace pylaunch {

namespace {

constexpr std::uint64_t page = 4096;

std::uint64_t align_to_page(std::uint64_t size) { return (size + page - 1) / page * page; }

}  // namespace

NodeCopy::NodeCopy(const Cargo& cargo, const Communicator& all, const NodeTopology& topology) {
  make_plan(cargo, all);
  if (all.size() == 1 && !cargo.copy_for_one) {
    session_ = cargo.session;
    bundle_ = cargo.bundle.first(plan_.prefix_bytes);
    return;
  }
  if (bytes() == 0) return;  // without a broadcast
  const bool is_leader = topology.is_leader(all.rank());
  const bool has_node_alone = topology.members.size() == 1;
  if (is_leader) {
    has_bundle_ = cargo.bundle_files != nullptr && !cargo.bundle_files->empty();
    if (has_node_alone && !has_bundle_) own_data_ = bundle::BundleBuffer(sizes_[0]);
    create_files(cargo);
    fill_files(cargo, all, topology);
    seal_files();
  }
  if (topology.node_count < all.size()) is_shared_ = open_shared(all, topology);
  if (!is_shared_ && !has_node_alone) copy_within_node(make_group(all.get(), topology.members));
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
  }
  for_each_library(cargo.bundle, [&](const auto&, const auto&) { ++plan_.file_count; });
  broadcast_value(plan_, all, "broadcast of sizes");
  sizes_ = file_sizes(cargo);
  Broadcast broadcast(all, "broadcast of sizes");
  broadcast.add(std::as_writable_bytes(std::span(sizes_)));
  broadcast.finish();
}

std::uint64_t NodeCopy::bytes() const {
  return plan_.session_bytes + plan_.bundle_bytes + plan_.runtime_bytes;
}

// The first file has the bundle up to its libraries, and from a page boundary on the session; then
// one file for each shared object, as dlopen wants them.
std::vector<std::uint64_t> NodeCopy::file_sizes(const Cargo& cargo) const {
  std::vector<std::uint64_t> sizes = {align_to_page(plan_.prefix_bytes) + plan_.session_bytes};
  for (const LibraryFile& file : cargo.runtime) sizes.push_back(file.bytes.size());
  for_each_library(cargo.bundle, [&](const bundle::BundleView&, const bundle::Entry& library) {
    sizes.push_back(library.content_bytes);
  });
  sizes.resize(plan_.file_count);
  return sizes;
}

void NodeCopy::create_files(const Cargo& cargo) {
  std::vector<std::string> names = {data_file_name};
  for (const LibraryFile& file : cargo.runtime) names.push_back(file.name);
  for_each_library(cargo.bundle, [&](const bundle::BundleView& view, const bundle::Entry& library) {
    names.push_back(library_file_name(view, library));
  });
  names.resize(sizes_.size(), "pylaunch-library");  // on other ranks they are not known
  std::vector<MemoryFile> filled;
  if (has_bundle_) filled.swap(*cargo.bundle_files);
  for (std::size_t i = 0; i < sizes_.size(); ++i) {
    const bool is_runtime = i > 0 && i <= plan_.runtime_count;
    if (has_bundle_ && !is_runtime) {
      files_.push_back(std::move(filled[i == 0 ? 0 : i - plan_.runtime_count]));
      files_[i].leave_limits();
    } else {
      files_.emplace_back(names[i], i == 0 && !own_data_.empty() ? 0 : sizes_[i]);
    }
  }
  if (has_bundle_) files_[0].resize(sizes_[0]);
}

// Where the pieces of the cargo go: session and bundle into the first file, each library into one
// of its own.
std::vector<NodeCopy::Place> NodeCopy::places() const {
  std::vector<Place> places = {{0, align_to_page(plan_.prefix_bytes), plan_.session_bytes, false},
                               {0, 0, plan_.prefix_bytes, has_bundle_}};
  for (std::size_t file = 1; file < sizes_.size(); ++file)
    places.push_back({file, 0, sizes_[file], has_bundle_ && file > plan_.runtime_count});
  return places;
}

// What goes there, on rank 0.
std::vector<bundle::Bytes> NodeCopy::contents(const Cargo& cargo) const {
  std::vector<bundle::Bytes> contents = {cargo.session, cargo.bundle.first(plan_.prefix_bytes)};
  for (const LibraryFile& file : cargo.runtime) contents.push_back(file.bytes);
  for_each_library(cargo.bundle, [&](const bundle::BundleView& view, const bundle::Entry& library) {
    contents.push_back(view.content(library));
  });
  return contents;
}

// Leaders. Their memory files are written, not mapped: a page that is written as a whole need not
// be cleared before, nor faulted in. Data that no other rank maps are no file, and in huge pages.
void NodeCopy::fill_files(const Cargo& cargo, const Communicator& all,
                          const NodeTopology& topology) {
  const std::vector<Place> places = this->places();
  const std::vector<bundle::Bytes> contents =
      all.rank() == 0 ? this->contents(cargo) : std::vector<bundle::Bytes>();
  const PieceSource source = [&](const Piece& piece) {
    return contents[piece.part].subspan(piece.offset, piece.size);
  };
  const PieceSink sink = [&](const Piece& piece, bundle::Bytes bytes) {
    const Place& place = places[piece.part];
    if (place.is_filled) return;
    if (place.file == 0 && !own_data_.empty())
      std::ranges::copy(bytes, own_data_.data() + place.offset + piece.offset);
    else
      files_[place.file].write(bytes, place.offset + piece.offset);
  };
  std::vector<std::uint64_t> sizes;
  for (const Place& place : places) sizes.push_back(place.size);
  if (topology.node_count == 1) return keep_parts(sizes, source, sink);
  broadcast_parts(sizes, topology.leaders ? topology.leaders : all, source, sink);
}

// Where ranks may not open each other's files: the leader is the source for the others of its node,
// and each keeps a copy of its own.
void NodeCopy::copy_within_node(const Communicator& node) {
  const bool is_leader = node.rank() == 0;
  if (!is_leader) create_files({});
  std::vector<Mapping> mappings;
  for (std::size_t i = 0; is_leader && i < files_.size(); ++i)
    mappings.push_back(map_readable(files_[i].path(), files_[i].size()));
  broadcast_parts(
      sizes_, node,
      [&](const Piece& piece) -> bundle::Bytes {
        return mappings[piece.part].bytes().subspan(piece.offset, piece.size);
      },
      [&](const Piece& piece, bundle::Bytes bytes) {
        if (!is_leader) files_[piece.part].write(bytes, piece.offset);
      });
  if (!is_leader) seal_files();
}

void NodeCopy::seal_files() {
  for (const MemoryFile& file : files_) file.seal();
  if (own_data_.empty())
    map_data(files_[0].path());
  else
    set_data(own_data_.bytes());
}

void NodeCopy::map_data(const std::string& path) {
  data_ = map_readable(path, sizes_[0]);
  set_data(data_.bytes());
}

void NodeCopy::set_data(bundle::Bytes data) {
  bundle_ = data.first(plan_.prefix_bytes);
  session_ = data.subspan(align_to_page(plan_.prefix_bytes), plan_.session_bytes);
}

// Collective: leaders tell their nodes where the files are, the others map the data. False, on all
// ranks of the job, when any of them cannot.
bool NodeCopy::open_shared(const Communicator& all, const NodeTopology& topology) {
  const bool is_leader = topology.is_leader(all.rank());
  std::vector<std::int64_t> place(1 + sizes_.size());  // process, then descriptors
  std::vector<MPI_Request> requests;
  const int count = static_cast<int>(place.size());
  if (is_leader) {
    place[0] = getpid();
    for (std::size_t i = 0; i < files_.size(); ++i) place[i + 1] = files_[i].descriptor();
    for (const int member : topology.members) {
      if (member == all.rank()) continue;
      MPI_Request& request = requests.emplace_back(MPI_REQUEST_NULL);
      check_mpi(MPI_Isend(place.data(), count, MPI_INT64_T, member, 0, all.get(), &request),
                "publish");
    }
  } else {
    MPI_Request& request = requests.emplace_back(MPI_REQUEST_NULL);
    check_mpi(MPI_Irecv(place.data(), count, MPI_INT64_T, topology.leader, 0, all.get(), &request),
              "publish");
  }
  wait_all(requests, "publish");
  const auto path_of = [&](std::size_t file) {
    return fmt::format("/proc/{}/fd/{}", place[0], place[file + 1]);
  };
  int failed = 0;
  try {
    if (!is_leader) map_data(path_of(0));
  } catch (const LaunchError&) {
    failed = 1;
  }
  if (agree_on_largest(failed, all, "publish") != 0) return false;
  for (std::size_t i = 1; !is_leader && i < sizes_.size(); ++i) paths_.push_back(path_of(i));
  return true;
}

void NodeCopy::index_libraries() {
  if (bundle_.empty()) return;
  library_of_entry_.assign(bundle::BundleView(bundle_).size(), -1);
  auto next = static_cast<std::int32_t>(plan_.runtime_count);
  for_each_library(bundle_, [&](const bundle::BundleView& view, const bundle::Entry& library) {
    library_of_entry_[view.index_of(library)] = next++;
  });
}

void NodeCopy::read_whole_bundle(const std::function<void(bundle::Bytes)>& take) const {
  static constexpr std::array<std::byte, bundle::library_alignment> zeros = {};
  std::uint64_t end = bundle_.size();
  const auto fill_up_to = [&](std::uint64_t offset) {
    take(bundle::Bytes(zeros).first(offset - end));
    end = offset;
  };
  take(bundle_);
  for_each_library(bundle_, [&](const bundle::BundleView& view, const bundle::Entry& library) {
    fill_up_to(library.content_offset);
    const Mapping file = map_readable(library_path(view.index_of(library)), library.content_bytes);
    take(file.bytes());
    end += library.content_bytes;
  });
  fill_up_to(plan_.bundle_bytes);
}

const char* NodeCopy::library_path(std::uint32_t entry) const {
  if (entry >= library_of_entry_.size() || library_of_entry_[entry] < 0) return nullptr;
  return paths_[static_cast<std::size_t>(library_of_entry_[entry])].c_str();
}

}  // namespace pylaunch
