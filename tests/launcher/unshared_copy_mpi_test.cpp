// SPDX-License-Identifier: BSD-3-Clause
//
// Where ranks may not look into each other's /proc entries (hidepid, hardened containers), each
// keeps a copy of its own. A process that is not dumpable plays such a system; UCX is told to use
// what needs no such look either.
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/launcher/node_copy_expectations.hpp"

namespace pylaunch::testing {

namespace {

// Root may look into everything, so it is somebody else meanwhile.
void set_hidden(bool hidden) {
  if (getuid() == 0) {
    ASSERT_EQ(setresuid(0, hidden ? 65534 : 0, 0), 0);
  }
  ASSERT_EQ(prctl(PR_SET_DUMPABLE, hidden ? 0 : 1), 0);
}

}  // namespace

TEST(UnsharedCopy, ranks_that_cannot_share_have_the_same_files) {
  const Communicator all = Communicator::duplicate_world();
  const NodeTopology nodes = find_nodes(all);
  MPI_Barrier(all.get());
  set_hidden(true);
  MPI_Barrier(all.get());
  const SampleCargo cargo;
  {
    NodeCopy copy(cargo.for_rank(all.rank()), all, nodes);
    EXPECT_EQ(copy.is_shared(), all.size() == 1);
    expect_whole_copy(copy, cargo, all.size() > 1);
  }
  MPI_Barrier(all.get());
  set_hidden(false);
}

}  // namespace pylaunch::testing
