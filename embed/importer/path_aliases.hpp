// SPDX-License-Identifier: BSD-3-Clause
//
// The entries of a bundle by the other paths that lead to them: without `.` and `..`, and with
// links followed. Whoever writes to a file need not name it as it is imported.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bundle/reader.hpp"

namespace pylaunch::embed {

// Without `.`, `..` and slashes that say nothing, links not followed.
std::string normal_path(std::string_view path);

class PathAliases {
 public:
  // Borrows the view's bytes.
  explicit PathAliases(const bundle::BundleView& view);

  // The entries that this path, which is not their own, leads to; and those below it.
  std::vector<std::uint32_t> at(std::string_view path) const;
  std::vector<std::uint32_t> below(std::string_view folder) const;

 private:
  using Alias = std::pair<std::string_view, std::uint32_t>;

  std::deque<std::string> kept_;
  std::vector<Alias> aliases_;  // sorted
};

}  // namespace pylaunch::embed
