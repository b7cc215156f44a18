// SPDX-License-Identifier: BSD-3-Clause
// The items of an Info, for its methods and for its mapping.
#pragma once

#include <vector>

#include "handle.hpp"

namespace pylaunch::mpi {

Ref get_info_item(Info& self, Text key);  // None when there is no such key
void set_info_item(Info& self, Text key, Text value);
void delete_info_item(Info& self, Text key);
int info_key_count(Info& self);
std::string nth_info_key(Info& self, int n);

// Takes the items of a mapping (anything with keys()) or of an iterable of pairs.
void fill_info(Info& self, PyObject* items);
Ref info_items(Info& self);  // a list of pairs

Ref duplicate_info(Info& self);

const std::vector<PyMethodDef>& info_mapping_methods();
void set_mapping_slots(PyTypeObject& type);

}  // namespace pylaunch::mpi
