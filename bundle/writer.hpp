// SPDX-License-Identifier: BSD-3-Clause
//
// Lays files out as a bundle. A record borrows its content: it must stay alive until build().
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/format.hpp"
#include "bundle/reader.hpp"

namespace pylaunch::bundle {

struct Record {
  Kind kind = Kind::data;
  std::string path;
  Stamp stamp;
  Bytes content;
  std::string_view source;
  std::string soname;
  std::vector<std::string> dependencies;  // paths of library records; others are left out
};

// Memory for one bundle, aligned as BundleView wants it; not initialised. In huge pages where the
// system gives them on request: to fault tens of megabytes in by 4 KiB takes as long as to read
// them.
class BundleBuffer {
 public:
  BundleBuffer() = default;
  explicit BundleBuffer(std::uint64_t size);
  std::byte* data() { return bytes_.get(); }
  Bytes bytes() const { return {bytes_.get(), size_}; }
  bool empty() const { return size_ == 0; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const;
  };

  std::unique_ptr<std::byte[], Free> bytes_;
  std::uint64_t size_ = 0;
};

// Records may come in any order, each path once.
BundleBuffer build(std::vector<Record> records, std::uint32_t python_magic,
                   std::string_view abi_tag);

}  // namespace pylaunch::bundle
