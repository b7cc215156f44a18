// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>

#include "launcher/cached_bundle.hpp"
#include "tests/launcher/node_copy_expectations.hpp"

namespace pylaunch::testing {

namespace {

// Every rank's value, on every rank of `ranks`.
std::vector<std::uint64_t> all_values(std::uint64_t mine, const Communicator& ranks) {
  std::vector<std::uint64_t> values(static_cast<std::size_t>(ranks.size()));
  MPI_Allgather(&mine, 1, MPI_UINT64_T, values.data(), 1, MPI_UINT64_T, ranks.get());
  return values;
}

std::size_t different(const std::vector<std::uint64_t>& values) {
  return std::set<std::uint64_t>(values.begin(), values.end()).size();
}

// The inode of the file in memory behind a mapping of this process.
std::uint64_t mapped_inode(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("memfd:" + name) == std::string::npos) continue;
    std::istringstream fields(line);
    std::string range, rights, offset, device;
    std::uint64_t inode = 0;
    fields >> range >> rights >> offset >> device >> inode;
    EXPECT_EQ(rights.substr(0, 3), "r--") << line;
    return inode;
  }
  return 0;
}

std::size_t open_memory_files() {
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const std::string target = std::filesystem::read_symlink(file.path(), error).string();
    if (target.starts_with("/memfd:")) ++count;
  }
  return count;
}

}  // namespace

class NodeCopyTest : public ::testing::Test {
 protected:
  int rank() const { return all_.rank(); }
  int size() const { return all_.size(); }
  bool is_leader() const { return nodes_.is_leader(rank()); }
  // The leader's files are open while others read them.
  void wait_for_others() const { MPI_Barrier(all_.get()); }

  Communicator all_ = Communicator::duplicate_world();
  NodeTopology nodes_ = find_nodes(all_);
  SampleCargo cargo_;
};

TEST_F(NodeCopyTest, content_is_equal_on_every_rank) {
  NodeCopy copy(cargo_.for_rank(rank()), all_, nodes_);
  expect_whole_copy(copy, cargo_, size() > 1);
  wait_for_others();
}

TEST_F(NodeCopyTest, there_is_one_copy_per_node) {
  if (size() == 1) return;  // see rank_alone_copies_nothing
  const NodeCopy copy(cargo_.for_rank(rank()), all_, nodes_);
  EXPECT_TRUE(copy.is_shared());
  const Communicator node = make_group(all_.get(), nodes_.members);
  const std::uint64_t library = inode_of(copy.runtime_path(0));
  ASSERT_NE(library, 0u);
  EXPECT_EQ(different(all_values(library, node)), 1u);
  EXPECT_EQ(different(all_values(library, all_)), static_cast<std::size_t>(nodes_.node_count));
  const std::uint64_t data = mapped_inode("pylaunch-data");
  EXPECT_EQ(different(all_values(data, node)), 1u);
  EXPECT_EQ(data == 0, nodes_.members.size() == 1) << "data that nobody shares need not be a file";
  wait_for_others();
}

TEST_F(NodeCopyTest, only_leaders_hold_files_and_give_them_back) {
  const std::size_t before = open_memory_files();
  {
    const NodeCopy copy(cargo_.for_rank(rank()), all_, nodes_);
    // The data, two runtime libraries, three of the bundle.
    EXPECT_EQ(open_memory_files() - before, is_leader() && size() > 1 ? 6u : 0u);
    wait_for_others();
  }
  EXPECT_EQ(open_memory_files(), before);
  EXPECT_EQ(mapped_inode("pylaunch-data"), 0u);
}

TEST_F(NodeCopyTest, rank_alone_copies_nothing) {
  if (size() > 1) return;
  const std::size_t before = open_memory_files();
  const Cargo cargo = cargo_.for_rank(rank());
  const NodeCopy copy(cargo, all_, nodes_);
  EXPECT_EQ(copy.session().data(), cargo.session.data());
  EXPECT_EQ(copy.bundle().data(), cargo.bundle.data());
  EXPECT_EQ(open_memory_files(), before);
}

TEST_F(NodeCopyTest, without_a_cargo_no_file_is_made) {
  const std::size_t before = open_memory_files();
  const NodeCopy copy({}, all_, nodes_);
  EXPECT_EQ(open_memory_files(), before);
  EXPECT_FALSE(copy.holds_files());
  EXPECT_EQ(copy.bytes(), 0u);
  EXPECT_EQ(copy.library_path(0), nullptr);
}

TEST_F(NodeCopyTest, rank_alone_has_a_copy_when_it_is_wanted) {
  if (size() > 1) return;
  Cargo cargo = cargo_.for_rank(rank());
  cargo.copy_for_one = true;
  const NodeCopy copy(cargo, all_, nodes_);
  EXPECT_NE(copy.bundle().data(), cargo.bundle.data());
  expect_whole_copy(copy, cargo_, true);
}

TEST_F(NodeCopyTest, bundle_that_lies_in_memory_files_already_is_not_copied) {
  const TemporaryFolder folder;
  folder.write("x.bundle", bundle::as_text(cargo_.bundle.bytes()), 0600);
  const int descriptor = open((folder / "x.bundle").c_str(), O_RDONLY | O_CLOEXEC);
  CachedBundle cached = CachedBundle::read(descriptor, cargo_.bundle.bytes().size(), true);
  close(descriptor);
  const std::uint64_t data = inode_of(cached.files()[0].path());
  Cargo cargo = cargo_.for_rank(rank());
  cargo.copy_for_one = true;
  if (rank() == 0) {
    cargo.bundle = cached.bytes();
    cargo.bundle_files = &cached.files();
  }
  const NodeCopy copy(cargo, all_, nodes_);
  expect_whole_copy(copy, cargo_, true);
  if (rank() == 0) {
    EXPECT_TRUE(cached.files().empty());
    EXPECT_EQ(mapped_inode("pylaunch-data"), data);
    EXPECT_EQ(bundle::as_text(cached.bytes()), bundle::as_text(cargo_.bundle.bytes()));
    const std::uint32_t library = *bundle::BundleView(cached.bytes()).find("/site/a.so");
    const int opened = open(copy.library_path(library), O_RDONLY | O_CLOEXEC);
    EXPECT_GE(opened, 0);
    EXPECT_NE(fcntl(opened, F_GET_SEALS) & F_SEAL_WRITE, 0);
    close(opened);
  }
  if (copy.holds_files()) {
    std::string whole;
    copy.read_whole_bundle([&](bundle::Bytes bytes) { whole += bundle::as_text(bytes); });
    EXPECT_EQ(whole, bundle::as_text(cargo_.bundle.bytes()));
  }
  wait_for_others();
}

TEST_F(NodeCopyTest, whole_bundle_is_read_back_as_rank_0_gave_it) {
  const NodeCopy copy(cargo_.for_rank(rank()), all_, nodes_);
  EXPECT_EQ(copy.holds_files(), is_leader() && size() > 1);
  if (copy.holds_files()) {
    std::string whole;
    copy.read_whole_bundle([&](bundle::Bytes bytes) { whole += bundle::as_text(bytes); });
    EXPECT_EQ(whole, bundle::as_text(cargo_.bundle.bytes()));
  }
  wait_for_others();
}

TEST_F(NodeCopyTest, nobody_can_change_the_copy) {
  if (size() == 1) return;
  const NodeCopy copy(cargo_.for_rank(rank()), all_, nodes_);
  const int descriptor = open(copy.runtime_path(0).c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor >= 0) {
    EXPECT_EQ(write(descriptor, "x", 1), -1);
    close(descriptor);
  }
  EXPECT_EQ(read_text(copy.runtime_path(0)), libpython_text);
  wait_for_others();
}

TEST_F(NodeCopyTest, empty_cargo_is_an_empty_copy) {
  NodeCopy copy({}, all_, nodes_);
  EXPECT_TRUE(copy.session().empty());
  EXPECT_TRUE(copy.bundle().empty());
  EXPECT_EQ(copy.bytes(), 0u);
  EXPECT_EQ(copy.library_path(0), nullptr);
  wait_for_others();
}

TEST_F(NodeCopyTest, bytes_are_those_of_session_bundle_and_runtime) {
  const NodeCopy copy(cargo_.for_rank(rank()), all_, nodes_);
  EXPECT_EQ(copy.bytes(), session_text.size() + cargo_.bundle.bytes().size() +
                              libpython_text.size() + support_text.size());
  wait_for_others();
}

TEST_F(NodeCopyTest, topology_is_the_simulated_one_and_the_same_everywhere) {
  const char* cliques = getenv("MPIR_CVAR_NUM_CLIQUES");
  const int nodes = std::min(cliques != nullptr ? std::atoi(cliques) : 1, size());
  EXPECT_EQ(nodes_.node_count, nodes);
  EXPECT_EQ(nodes_.members.front(), nodes_.leader);
  EXPECT_TRUE(is_leader() || rank() != 0);
  const auto leads = all_values(is_leader() ? 1 : 0, all_);
  EXPECT_EQ(std::count(leads.begin(), leads.end(), 1u), nodes);
  for (const int member : nodes_.members) EXPECT_EQ(member % nodes, rank() % nodes);
}

}  // namespace pylaunch::testing
