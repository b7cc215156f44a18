// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace pylaunch::bundle {

using Bytes = std::span<const std::byte>;

// Memory for one bundle, aligned as BundleView wants it, see mapped_memory.hpp.
class BundleBuffer {
 public:
  BundleBuffer() = default;
  explicit BundleBuffer(std::uint64_t size);  // throws std::bad_alloc
  std::byte* data() { return bytes_.get(); }
  Bytes bytes() const { return {bytes_.get(), bytes_.get_deleter().size}; }
  bool empty() const { return bytes_ == nullptr; }

 private:
  struct Unmap {
    std::size_t size;
    void operator()(std::byte* bytes) const;
  };

  std::unique_ptr<std::byte[], Unmap> bytes_;
};

}  // namespace pylaunch::bundle
