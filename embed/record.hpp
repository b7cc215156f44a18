// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <set>
#include <string>
#include <vector>

namespace pylaunch::embed {

// sys.modules, now.
struct LoadedModules {
  std::vector<std::string> built_in;  // and frozen
  std::set<std::string> names;
  std::vector<std::string> files;
};

LoadedModules loaded_modules();

// What this process imported, as MessagePack (docs/report.md): modules with their times and origin,
// entries of the bundle that were used, files and names to put into the manifest. Needs no
// interpreter, so that what exit handlers import is in it.
std::string make_record(const LoadedModules& loaded);

}  // namespace pylaunch::embed
