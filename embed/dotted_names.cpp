// SPDX-License-Identifier: BSD-3-Clause
#include "embed/dotted_names.hpp"

namespace pylaunch::embed {

bool is_dotted_name(std::string_view text) {
  if (text.size() < 2 || text.size() > 120) return false;
  char before = '.';
  for (const char c : text) {
    if (!is_name_character(c)) return false;
    if (before == '.' && (c == '.' || (c >= '0' && c <= '9'))) return false;
    before = c;
  }
  return before != '.';
}

}  // namespace pylaunch::embed
