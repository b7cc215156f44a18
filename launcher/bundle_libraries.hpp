// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bundle/reader.hpp"

namespace pylaunch {

// The names of memory files are for people who look at /proc/PID/maps.
inline constexpr const char* data_file_name = "pylaunch-data";

inline std::string library_file_name(const bundle::BundleView& view, const bundle::Entry& library) {
  const std::string_view path = view.path(library);
  return std::string(path.substr(path.rfind('/') + 1));
}

// Calls `visit(view, entry)` for each shared object of a bundle, which may be empty. Their memory
// files come in this order.
template <typename Visit>
void for_each_library(bundle::Bytes bytes, Visit&& visit) {
  if (bytes.empty()) return;
  const bundle::BundleView view(bytes);
  for (std::uint32_t i = 0; i < view.size(); ++i)
    if (view.entry(i).kind == bundle::Kind::library) visit(view, view.entry(i));
}

}  // namespace pylaunch
