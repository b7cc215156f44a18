// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bundle/format.hpp"
#include "embed/open_folders.hpp"
#include "embed/read_memory.hpp"

namespace pylaunch::embed {

// The stamp is taken before the bytes: what is written meanwhile makes them stale, not wrong.
struct FileContent {
  std::string_view bytes;
  bundle::Stamp stamp;
  std::string real_path;  // links followed; empty: not known
};

struct Wanted {
  std::uint64_t most = UINT64_MAX;  // of a file with more bytes there is the stamp alone
  bool only_loaded = false;         // of a shared object what ld.so has use for
};

// The bytes are put into `memory`. nullopt: cannot be read, or is no regular file.
std::optional<FileContent> read_file(const OpenFolders::Place& place, const Wanted& wanted,
                                     ReadMemory& memory);

}  // namespace pylaunch::embed
