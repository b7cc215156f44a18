// SPDX-License-Identifier: BSD-3-Clause
//
// The content of a directory entry in a bundle: for each name 'd' (a folder) or 'f' (anything
// else), the name, and a NUL. Links count as what they point to.
#pragma once

#include <string>
#include <string_view>

namespace pylaunch::embed {

template <typename Function>
void for_each_name(std::string_view listing, Function&& function) {
  while (!listing.empty()) {
    const std::size_t end = listing.find('\0');
    if (end == std::string_view::npos || end == 0) return;
    function(listing.substr(1, end - 1), listing.front() == 'd');
    listing.remove_prefix(end + 1);
  }
}

inline void append_name(std::string& listing, std::string_view name, bool is_folder) {
  listing += is_folder ? 'd' : 'f';
  listing += name;
  listing += '\0';
}

}  // namespace pylaunch::embed
