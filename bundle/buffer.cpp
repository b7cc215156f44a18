// SPDX-License-Identifier: BSD-3-Clause
#include "bundle/buffer.hpp"

#include <new>

#include "bundle/mapped_memory.hpp"

namespace pylaunch::bundle {

BundleBuffer::BundleBuffer(std::uint64_t size) {
  if (size == 0) return;
  auto* const bytes = static_cast<std::byte*>(map_memory(size));
  if (bytes == nullptr) throw std::bad_alloc();
  bytes_ = std::unique_ptr<std::byte[], Unmap>(bytes, Unmap{size});
}

void BundleBuffer::Unmap::operator()(std::byte* bytes) const { unmap_memory(bytes, size); }

}  // namespace pylaunch::bundle
