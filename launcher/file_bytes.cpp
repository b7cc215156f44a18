// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/file_bytes.hpp"

#include <unistd.h>

#include "bundle/uninterrupted.hpp"

namespace pylaunch {

bool read_bytes(int descriptor, std::uint64_t offset, std::byte* to, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = bundle::uninterrupted([&] {
      return pread(descriptor, to + done, size - done, static_cast<off_t>(offset + done));
    });
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace pylaunch
