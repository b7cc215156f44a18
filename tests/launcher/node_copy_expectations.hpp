// SPDX-License-Identifier: BSD-3-Clause
//
// What every rank must have after the job's files came to its node.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "launcher/node_copy.hpp"
#include "tests/bundle/sample_bundle.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

inline const std::string session_text = "the session, " + std::string(9000, 's');
inline const std::string libpython_text = "libpython " + std::string(100'000, 'p');
inline const std::string support_text = "support " + std::string(10'001, 'q');

struct SampleCargo {
  bundle::BundleBuffer bundle = sample_bundle();

  Cargo for_rank(int rank) const {
    if (rank != 0) return {};
    return {bundle::as_bytes(session_text),
            bundle.bytes(),
            {{"libpython", bundle::as_bytes(libpython_text)},
             {"support", bundle::as_bytes(support_text)}}};
  }
};

// Without files there are no runtime and no libraries, as on a rank that is alone.
inline void expect_whole_copy(const NodeCopy& copy, const SampleCargo& cargo, bool has_files) {
  const bundle::BundleView whole(cargo.bundle.bytes());
  EXPECT_EQ(bundle::as_text(copy.session()), session_text);
  EXPECT_EQ(bundle::as_text(copy.bundle()), bundle::as_text(whole.without_libraries()));
  if (has_files) {
    EXPECT_EQ(read_text(copy.runtime_path(0)), libpython_text);
    EXPECT_EQ(read_text(copy.runtime_path(1)), support_text);
  }
  for (std::uint32_t i = 0; i < whole.size(); ++i) {
    const char* path = copy.library_path(i);
    if (whole.entry(i).kind != bundle::Kind::library || !has_files) {
      EXPECT_EQ(path, nullptr) << whole.path(whole.entry(i));
      continue;
    }
    ASSERT_NE(path, nullptr) << whole.path(whole.entry(i));
    EXPECT_EQ(read_text(path), bundle::as_text(whole.content(whole.entry(i))));
  }
  EXPECT_EQ(copy.library_path(whole.size()), nullptr);
}

inline std::uint64_t inode_of(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace pylaunch::testing
