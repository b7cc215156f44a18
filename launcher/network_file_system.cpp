// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/network_file_system.hpp"

#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace pylaunch {

namespace {

// statfs(2), and the kernel modules of those that are not part of Linux.
constexpr std::uint32_t network_types[] = {
    0x00006969,  // NFS
    0x0bd00bd0,  // Lustre
    0x47504653,  // GPFS
    0x19830326,  // BeeGFS
    0x00c36400,  // Ceph
    0x65735546,  // FUSE
    0x20030528,  // OrangeFS
    0xaad7aaea,  // PanFS
    0x5346414f,  // OpenAFS
    0x6b414653,  // the kernel's own AFS
    0xff534d42,  // CIFS
    0xfe534d42,  // SMB 2
    0x01021997,  // 9P
};

}  // namespace

bool is_on_network_file_system(const std::string& path) {
  struct statfs answer = {};
  int failed = 0;
  do failed = statfs(path.c_str(), &answer);
  while (failed != 0 && errno == EINTR);
  if (failed != 0) return false;
  const auto type = static_cast<std::uint32_t>(answer.f_type);
  return std::ranges::find(network_types, type) != std::end(network_types);
}

}  // namespace pylaunch
