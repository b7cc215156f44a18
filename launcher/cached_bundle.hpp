// SPDX-License-Identifier: BSD-3-Clause
//
// A bundle as it comes out of the cache. With its shared objects it is read into memory files, one
// for what stands before them and one for each of them: the form in which the ranks of a node use
// it (node_copy.hpp), so that rank 0 has nothing to copy. All of them are mapped side by side as
// well, for BundleView.
#pragma once

#include <cstdint>
#include <vector>

#include "bundle/buffer.hpp"
#include "launcher/memory_file.hpp"

namespace pylaunch {

class CachedBundle {
 public:
  CachedBundle() = default;
  // Of a file of `size` bytes. Without libraries, or without room for memory files within the
  // process's limits, it lies in plain memory. Throws bundle::BundleError when it is no whole and
  // true bundle, and std::bad_alloc.
  static CachedBundle read(int descriptor, std::uint64_t size, bool with_libraries);

  bundle::Bytes bytes() const;
  bool empty() const { return bytes().empty(); }

  // The memory files in the order of NodeCopy's, if there are any. Whoever takes them leaves
  // bytes() as they are.
  std::vector<MemoryFile>& files() { return files_; }

 private:
  void read_into_files(int descriptor, std::uint64_t size, std::uint64_t prefix);

  bundle::BundleBuffer plain_;
  std::vector<MemoryFile> files_;
  Mapping mapped_;  // all of the files
};

}  // namespace pylaunch
