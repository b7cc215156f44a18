// SPDX-License-Identifier: BSD-3-Clause
//
// The names of modules among the strings of a shared object: what its C code imports.
#pragma once

#include <string_view>

namespace pylaunch::embed {

// a.b.c with no empty part, each starting with a letter or underscore.
bool is_dotted_name(std::string_view text);

// Asked of each byte of hundreds of megabytes: without the calls of <cctype>.
inline bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

// function(text) for each C string in `bytes` that is a dotted name, or ends in one.
template <typename Function>
void for_each_dotted_name(std::string_view bytes, Function&& function) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\0') {
      if (!is_name_character(bytes[i])) start = i + 1;
      continue;
    }
    const std::string_view text = bytes.substr(start, i - start);
    start = i + 1;
    if (is_dotted_name(text)) function(text);
  }
}

}  // namespace pylaunch::embed
