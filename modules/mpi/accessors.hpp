// SPDX-License-Identifier: BSD-3-Clause
// What communicators, windows, files and datatypes are asked alike: their group, hints and name.
#pragma once

#include <string>

#include "handle.hpp"

namespace pylaunch::mpi {

// `Get` is MPI's function for the class: MPI_Win_get_group.
template <class Object, auto Get>
MPI_Group new_group(Object& self) {
  MPI_Group group = MPI_GROUP_NULL;
  blocking(Get, self.ob_mpi, &group);
  return group;
}
template <class Object, auto Get>
Ref get_group(Object& self) {
  return new_handle<Group>(new_group<Object, Get>(self));
}
// What `Inquiry`, as MPI_Group_size, says of the group.
template <class Object, auto Get, auto Inquiry>
int of_group(Object& self) {
  MPI_Group group = new_group<Object, Get>(self);
  int result = MPI_UNDEFINED;
  const int error = Inquiry(group, &result);
  const int freed = MPI_Group_free(&group);
  check(error);
  check(freed);
  return result;
}

template <class Object, auto Get>
Ref get_info(Object& self) {
  MPI_Info info = MPI_INFO_NULL;
  blocking(Get, self.ob_mpi, &info);
  return new_handle<Info>(info);
}
template <class Object, auto Set>
void set_info(Object& self, Info& info) {
  blocking(Set, self.ob_mpi, info.ob_mpi);
}

// A null handle has a name, too, which MPI does not give.
template <auto Get, class Object>
std::string name_of(Object& self, const char* name_of_null) {
  if (self.ob_mpi == Object::null()) {
    return name_of_null;
  }
  char name[MPI_MAX_OBJECT_NAME + 1] = {};
  int length = 0;
  check(Get(self.ob_mpi, name, &length));
  return {name, static_cast<std::size_t>(length)};
}

}  // namespace pylaunch::mpi
