// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace pylaunch::embed {

// textwrap.dedent() for spaces and tabs, as CPython 3.14 and later do it to what `-c` gives:
// without the white space that all lines begin with; those that have nothing else are empty. Where
// there is nothing to take away, the text is returned as it is.
std::string dedent(std::string_view text);

}  // namespace pylaunch::embed
