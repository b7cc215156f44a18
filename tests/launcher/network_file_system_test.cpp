// SPDX-License-Identifier: BSD-3-Clause
//
// That one is told from a local one, tests/end_to_end sees with slowfs, which is FUSE.
#include "launcher/network_file_system.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

TEST(NetworkFileSystem, kernels_own_and_missing_ones_are_none) {
  EXPECT_FALSE(is_on_network_file_system("/proc/self/exe"));
  EXPECT_FALSE(is_on_network_file_system("/proc/self/status"));
  EXPECT_FALSE(is_on_network_file_system("/dev/shm"));
  EXPECT_FALSE(is_on_network_file_system(TemporaryFolder() / "missing"));
  EXPECT_FALSE(is_on_network_file_system(""));
}

}  // namespace pylaunch::testing
