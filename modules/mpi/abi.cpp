// SPDX-License-Identifier: BSD-3-Clause
// MPI-5's inquiries about the binary interface, and what they say of an MPI library without it.
#include "datatype.hpp"
#include "fortran_datatypes.hpp"
#include "info.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

#if MPI_VERSION >= 5

Ref get_abi_version(NoSelf) {
  int version = -1;
  int subversion = -1;
  check(MPI_Abi_get_version(&version, &subversion));
  return tuple_of(version, subversion);
}

template <auto Function>
Ref inquire(NoSelf) {
  MPI_Info info = MPI_INFO_NULL;
  check(Function(&info));
  return new_handle<Info>(info);
}

constexpr auto get_abi_info = &inquire<&MPI_Abi_get_info>;
constexpr auto get_abi_fortran_info = &inquire<&MPI_Abi_get_fortran_info>;

#else

Ref get_abi_version(NoSelf) { return tuple_of(-1, -1); }

struct NamedType {
  const char* name;
  MPI_Datatype datatype;
};

Ref new_info() {
  MPI_Info handle = MPI_INFO_NULL;
  check(MPI_Info_create(&handle));
  return new_handle<Info>(handle);
}

std::string info_key(const char* name, const char* property) {
  return std::string("mpi_").append(name).append(property);
}

void set_size(Info& info, const NamedType& type) {
  int bytes = 0;
  check(MPI_Type_size(type.datatype, &bytes));
  set_info_item(info, {info_key(type.name, "_size").c_str()}, {std::to_string(bytes).c_str()});
}

Ref get_abi_info(NoSelf) {
  Ref object = new_info();
  for (const NamedType& type :
       {NamedType{"aint", MPI_AINT}, {"count", MPI_COUNT}, {"offset", MPI_OFFSET}}) {
    set_size(cast<Info>(object.get()), type);
  }
  return object;
}

Ref get_abi_fortran_info(NoSelf) {
  static const NamedType basic[] = {{"logical", MPI_LOGICAL},
                                    {"integer", MPI_INTEGER},
                                    {"real", MPI_REAL},
                                    {"double_precision", MPI_DOUBLE_PRECISION}};
  static const NamedType optional[] = {{"logical1", MPI_LOGICAL1},
                                       {"logical2", MPI_LOGICAL2},
                                       {"logical4", MPI_LOGICAL4},
                                       {"logical8", MPI_LOGICAL8},
                                       {"logical16", MPI_LOGICAL16},
                                       {"integer1", MPI_INTEGER1},
                                       {"integer2", MPI_INTEGER2},
                                       {"integer4", MPI_INTEGER4},
                                       {"integer8", MPI_INTEGER8},
                                       {"integer16", MPI_INTEGER16},
                                       {"real2", MPI_REAL2},
                                       {"real4", MPI_REAL4},
                                       {"real8", MPI_REAL8},
                                       {"real16", MPI_REAL16},
                                       {"complex4", MPI_COMPLEX4},
                                       {"complex8", MPI_COMPLEX8},
                                       {"complex16", MPI_COMPLEX16},
                                       {"complex32", MPI_COMPLEX32},
                                       {"double_complex", MPI_DOUBLE_COMPLEX}};
  Ref object = new_info();
  Info& info = cast<Info>(object.get());
  for (const NamedType& type : basic) {
    set_size(info, type);
  }
  for (const NamedType& type : optional) {
    set_info_item(info, {info_key(type.name, "_supported").c_str()},
                  {datatype_bytes(type.datatype) > 0 ? "true" : "false"});
  }
  return object;
}

#endif

}  // namespace

void add_abi(PyObject* module) {
  static PyMethodDef functions[] = {
      method<"Get_abi_version", &get_abi_version>(
          "Return the version of the standard binary interface; (-1, -1): none."),
      method<"Get_abi_info", get_abi_info>("Return the sizes of MPI's integer types."),
      method<"Get_abi_fortran_info", get_abi_fortran_info>(
          "Return the sizes and the presence of Fortran's datatypes."),
      end_of_methods(),
  };
  add_functions(module, functions);
}

}  // namespace pylaunch::mpi
