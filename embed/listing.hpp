// SPDX-License-Identifier: BSD-3-Clause
//
// The content of a directory entry in a bundle: for each name what it is, the name, and a NUL.
// Links count as what they point to.
#pragma once

#include <string>
#include <string_view>

namespace pylaunch::embed {

// As in the bundle: a device, a socket or a link that leads nowhere is neither folder nor file.
enum class NameKind : char { folder = 'd', file = 'f', other = 'o' };

// function(name, kind) for each name.
template <typename Function>
void for_each_name(std::string_view listing, Function&& function) {
  while (!listing.empty()) {
    const std::size_t end = listing.find('\0');
    if (end == std::string_view::npos || end == 0) return;
    function(listing.substr(1, end - 1), static_cast<NameKind>(listing.front()));
    listing.remove_prefix(end + 1);
  }
}

inline void append_name(std::string& listing, std::string_view name, NameKind kind) {
  listing += static_cast<char>(kind);
  listing += name;
  listing += '\0';
}

}  // namespace pylaunch::embed
