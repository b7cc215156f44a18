// SPDX-License-Identifier: BSD-3-Clause
//
// Where ranks may not look into each other's /proc entries (hidepid, hardened containers), each
// keeps a copy of its own. A process that is not dumpable plays such a system.
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/launcher/node_copy_expectations.hpp"

namespace pylaunch::testing {

TEST(UnsharedCopy, ranks_that_cannot_share_have_the_same_files) {
  const Communicator all = Communicator::duplicate_world();
  const NodeTopology nodes = find_nodes(all);
  // Root may look into everything.
  if (geteuid() == 0) ASSERT_EQ(setresuid(65534, 65534, 65534), 0);
  ASSERT_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
  MPI_Barrier(all.get());
  const SampleCargo cargo;
  NodeCopy copy(cargo.for_rank(all.rank()), all, nodes);
  EXPECT_EQ(copy.is_shared(), all.size() == 1);
  expect_whole_copy(copy, cargo, all.size());
  MPI_Barrier(all.get());
}

}  // namespace pylaunch::testing
