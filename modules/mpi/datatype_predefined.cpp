// SPDX-License-Identifier: BSD-3-Clause
// The datatypes that the module has names for.
#include "datatype.hpp"
#include "fortran_datatypes.hpp"

namespace pylaunch::mpi {

namespace {

struct Predefinition {
  const char* name;
  MPI_Datatype handle;
};

// MPICH has the formats of half size under names of its own.
MPI_Datatype half_precision() {
#if defined(MPIX_C_FLOAT16)
  return MPIX_C_FLOAT16;
#else
  return MPI_DATATYPE_NULL;
#endif
}

MPI_Datatype brain_float() {
#if defined(MPIX_BFLOAT16)
  return MPIX_BFLOAT16;
#else
  return MPI_DATATYPE_NULL;
#endif
}

#define PYLAUNCH_DATATYPE(name) \
  { #name, MPI_##name }

}  // namespace

void add_predefined_datatypes(PyObject* module) {
  const Predefinition table[] = {
      PYLAUNCH_DATATYPE(PACKED),
      PYLAUNCH_DATATYPE(BYTE),
      PYLAUNCH_DATATYPE(AINT),
      PYLAUNCH_DATATYPE(OFFSET),
      PYLAUNCH_DATATYPE(COUNT),
      PYLAUNCH_DATATYPE(CHAR),
      PYLAUNCH_DATATYPE(WCHAR),
      PYLAUNCH_DATATYPE(SIGNED_CHAR),
      PYLAUNCH_DATATYPE(SHORT),
      PYLAUNCH_DATATYPE(INT),
      PYLAUNCH_DATATYPE(LONG),
      PYLAUNCH_DATATYPE(LONG_LONG),
      PYLAUNCH_DATATYPE(UNSIGNED_CHAR),
      PYLAUNCH_DATATYPE(UNSIGNED_SHORT),
      PYLAUNCH_DATATYPE(UNSIGNED),
      PYLAUNCH_DATATYPE(UNSIGNED_LONG),
      PYLAUNCH_DATATYPE(UNSIGNED_LONG_LONG),
      PYLAUNCH_DATATYPE(FLOAT),
      PYLAUNCH_DATATYPE(DOUBLE),
      PYLAUNCH_DATATYPE(LONG_DOUBLE),
      PYLAUNCH_DATATYPE(C_BOOL),
      PYLAUNCH_DATATYPE(INT8_T),
      PYLAUNCH_DATATYPE(INT16_T),
      PYLAUNCH_DATATYPE(INT32_T),
      PYLAUNCH_DATATYPE(INT64_T),
      PYLAUNCH_DATATYPE(UINT8_T),
      PYLAUNCH_DATATYPE(UINT16_T),
      PYLAUNCH_DATATYPE(UINT32_T),
      PYLAUNCH_DATATYPE(UINT64_T),
      {"FLOAT16_T", half_precision()},
      {"BFLOAT16_T", brain_float()},
      PYLAUNCH_DATATYPE(C_COMPLEX),
      PYLAUNCH_DATATYPE(C_DOUBLE_COMPLEX),
      PYLAUNCH_DATATYPE(C_LONG_DOUBLE_COMPLEX),
      PYLAUNCH_DATATYPE(CXX_BOOL),
      PYLAUNCH_DATATYPE(CXX_FLOAT_COMPLEX),
      PYLAUNCH_DATATYPE(CXX_DOUBLE_COMPLEX),
      PYLAUNCH_DATATYPE(CXX_LONG_DOUBLE_COMPLEX),
      PYLAUNCH_DATATYPE(SHORT_INT),
      {"INT_INT", MPI_2INT},
      PYLAUNCH_DATATYPE(LONG_INT),
      PYLAUNCH_DATATYPE(FLOAT_INT),
      PYLAUNCH_DATATYPE(DOUBLE_INT),
      PYLAUNCH_DATATYPE(LONG_DOUBLE_INT),
      PYLAUNCH_DATATYPE(CHARACTER),
      PYLAUNCH_DATATYPE(LOGICAL),
      PYLAUNCH_DATATYPE(INTEGER),
      PYLAUNCH_DATATYPE(REAL),
      PYLAUNCH_DATATYPE(DOUBLE_PRECISION),
      PYLAUNCH_DATATYPE(COMPLEX),
      PYLAUNCH_DATATYPE(DOUBLE_COMPLEX),
      PYLAUNCH_DATATYPE(LOGICAL1),
      PYLAUNCH_DATATYPE(LOGICAL2),
      PYLAUNCH_DATATYPE(LOGICAL4),
      PYLAUNCH_DATATYPE(LOGICAL8),
      PYLAUNCH_DATATYPE(LOGICAL16),
      PYLAUNCH_DATATYPE(INTEGER1),
      PYLAUNCH_DATATYPE(INTEGER2),
      PYLAUNCH_DATATYPE(INTEGER4),
      PYLAUNCH_DATATYPE(INTEGER8),
      PYLAUNCH_DATATYPE(INTEGER16),
      PYLAUNCH_DATATYPE(REAL2),
      PYLAUNCH_DATATYPE(REAL4),
      PYLAUNCH_DATATYPE(REAL8),
      PYLAUNCH_DATATYPE(REAL16),
      PYLAUNCH_DATATYPE(COMPLEX4),
      PYLAUNCH_DATATYPE(COMPLEX8),
      PYLAUNCH_DATATYPE(COMPLEX16),
      PYLAUNCH_DATATYPE(COMPLEX32),
  };
  for (const Predefinition& entry : table) {
    define_constant<Datatype>(module, entry.name, entry.handle);
  }
}

// Other names for the same objects.
void add_datatype_aliases(PyObject* module) {
  static const char* const aliases[][2] = {
      {"FLOAT32_T", "FLOAT"},
      {"FLOAT64_T", "DOUBLE"},
      {"C_FLOAT_COMPLEX", "C_COMPLEX"},
      {"TWOINT", "INT_INT"},
      {"UNSIGNED_INT", "UNSIGNED"},
      {"SIGNED_SHORT", "SHORT"},
      {"SIGNED_INT", "INT"},
      {"SIGNED_LONG", "LONG"},
      {"SIGNED_LONG_LONG", "LONG_LONG"},
      {"BOOL", "C_BOOL"},
      {"SINT8_T", "INT8_T"},
      {"SINT16_T", "INT16_T"},
      {"SINT32_T", "INT32_T"},
      {"SINT64_T", "INT64_T"},
      {"F_BOOL", "LOGICAL"},
      {"F_INT", "INTEGER"},
      {"F_FLOAT", "REAL"},
      {"F_DOUBLE", "DOUBLE_PRECISION"},
      {"F_COMPLEX", "COMPLEX"},
      {"F_FLOAT_COMPLEX", "COMPLEX"},
      {"F_DOUBLE_COMPLEX", "DOUBLE_COMPLEX"},
  };
  for (const auto& alias : aliases) {
    Ref object = own(PyObject_GetAttrString(module, alias[1]));
    succeed(PyObject_SetAttrString(module, alias[0], object.get()));
  }
}

}  // namespace pylaunch::mpi
