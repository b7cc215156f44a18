// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/finalize_order.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pylaunch::testing {

namespace {

bool has_fault(const std::string& version, const std::string& device) {
  return closes_before_meeting("MPICH Version:      " + version +
                               "\nMPICH Release date: Thu Apr  7 12:34:45 CDT 2022"
                               "\nMPICH Device:       " +
                               device + "\n");
}

}  // namespace

TEST(FinalizeOrder, is_for_mpich_over_ucx_before_4_2) {
  for (const char* version : {"3.4.3", "4.0", "4.0.2", "4.1.3", "4.1rc1"})
    EXPECT_TRUE(has_fault(version, "ch4:ucx")) << version;
  for (const char* version : {"4.2.0", "4.3", "5.0.1", "4.10", "unknown", ""})
    EXPECT_FALSE(has_fault(version, "ch4:ucx")) << version;
}

TEST(FinalizeOrder, is_for_no_other_network_and_no_other_library) {
  for (const char* device : {"ch4:ofi", "ch3:nemesis"}) EXPECT_FALSE(has_fault("4.0.2", device));
  EXPECT_FALSE(closes_before_meeting("Open MPI v4.1.4, package: Debian OpenMPI"));
  EXPECT_FALSE(closes_before_meeting("MPICH Version:"));
}

}  // namespace pylaunch::testing
