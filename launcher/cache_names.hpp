// SPDX-License-Identifier: BSD-3-Clause
//
// The names of the cache's files. The folder may be one that has other files in it, too: whoever
// chooses it with --manifest-dir may keep a project there.
#pragma once

#include <string>
#include <string_view>

namespace pylaunch {

// Whether we give names like this: KEY.manifest, KEY.bundle, expected-HASH, python-HASH (KEY and
// HASH are 16 hexadecimal digits), or that of one of them while it is written.
bool is_cache_name(std::string_view name);
bool is_bundle_name(std::string_view name);

// What the file `path` is called while it is written: a name that no other process gives, neither
// on this host nor on another one that has the same folder.
std::string temporary_name(const std::string& path);
bool is_temporary_name(std::string_view name);

}  // namespace pylaunch
