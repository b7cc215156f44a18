// SPDX-License-Identifier: BSD-3-Clause
// What the files about datatypes share.
#pragma once

#include <vector>

#include "handle.hpp"

namespace pylaunch::mpi {

// Which MPI call made a datatype, and the call's arguments.
struct DatatypeContents {
  int combiner;
  std::vector<int> integers;
  std::vector<MPI_Aint> addresses;
  std::vector<MPI_Count> counts;
  std::vector<MPI_Datatype> datatypes;
};
DatatypeContents datatype_envelope(MPI_Datatype datatype);  // only the combiner and the sizes
DatatypeContents datatype_contents(MPI_Datatype datatype);
DatatypeContents datatype_contents_if_derived(MPI_Datatype datatype);  // named ones have none

const std::vector<PyMethodDef>& datatype_constructor_methods();
const std::vector<PyMethodDef>& datatype_decode_methods();
const std::vector<PyMethodDef>& datatype_pack_methods();
const std::vector<PyMethodDef>& datatype_code_methods();
const std::vector<PyMethodDef>& attribute_methods_of_datatype();

void add_predefined_datatypes(PyObject* module);
void add_datatype_aliases(PyObject* module);
void add_datatype_functions(PyObject* module);

Ref decode_datatype(Datatype& self, bool mark_temporary);

// "i4" and the like (kind, then bytes); "d" and the like; empty when there is none.
std::string type_string(MPI_Datatype datatype);
std::string type_character(MPI_Datatype datatype);
// The one of the two that mpi4py's `tocode` gives.
std::string datatype_code(MPI_Datatype datatype);
std::size_t datatype_alignment(MPI_Datatype datatype);  // 0: unknown
// 0 also for null, and for one of Fortran's that the library has a handle for, but no type.
std::size_t datatype_bytes(MPI_Datatype datatype);
std::string type_string_property(Datatype& self);
std::string type_character_property(Datatype& self);

}  // namespace pylaunch::mpi
