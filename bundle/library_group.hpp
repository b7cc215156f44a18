// SPDX-License-Identifier: BSD-3-Clause
//
// Several shared objects in memory, loaded in one step. Some use symbols of others that they do not
// name, and can be loaded neither before them nor after them.
#pragma once

#include <string>
#include <vector>

namespace pylaunch::bundle {

struct GroupMember {
  std::string file;
  std::string true_path;  // its name from then on, see open_library()
};

// dlopen of all members, as if they were the dependencies of one object, in this order: the symbols
// of each are there for all. Returns a handle for each, for keeps; none when ld.so cannot load
// them.
std::vector<void*> open_group(const std::vector<GroupMember>& members, int flags);

// That object: the bytes of an ELF file which has nothing but these DT_NEEDED. What has a slash in
// it ld.so opens as it stands.
std::string object_that_needs(const std::vector<GroupMember>& members);

}  // namespace pylaunch::bundle
