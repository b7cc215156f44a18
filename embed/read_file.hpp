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
};

// The bytes are put into `memory`. nullopt: cannot be read, or is no regular file. A file of more
// than `most` bytes is not read: of that there is the stamp alone.
std::optional<FileContent> read_file(const OpenFolders::Place& place, std::uint64_t most,
                                     ReadMemory& memory);

std::optional<std::string> read_file(const std::string& path);

}  // namespace pylaunch::embed
