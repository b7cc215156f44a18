// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace pylaunch::embed {

// What this process imported, as MessagePack (docs/report.md): modules with their times and origin,
// entries of the bundle that were used, files and names to put into the manifest.
std::string make_record();

}  // namespace pylaunch::embed
