// SPDX-License-Identifier: BSD-3-Clause
//
// Lays files out as a bundle. A record borrows its content: it must stay alive until build().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bundle/buffer.hpp"
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
  std::string real_path;                  // links followed; empty: not known
};

// Records may come in any order, each path once.
BundleBuffer build(std::vector<Record> records, std::uint32_t python_magic,
                   std::string_view abi_tag);

}  // namespace pylaunch::bundle
