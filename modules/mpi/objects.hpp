// SPDX-License-Identifier: BSD-3-Clause
// The Python objects of MPI handles.
//
// The memory layout is mpi4py's public one (the handle, then flags, then the list of weak
// references): extension modules that were built against mpi4py read `ob_mpi` directly and check
// the size of the type.
#pragma once

#include <cstdint>
#include <type_traits>

#include "python.hpp"

namespace pylaunch::mpi {

// The type object, and the name under which the module has it.
#define PYLAUNCH_CLASS(Class)                  \
  static PyTypeObject type;                    \
  static constexpr const char* kName = #Class; \
  static constexpr const char* kNameOrNone = #Class " | None";

enum HandleFlags : unsigned {
  kReady = 1u << 0,
  kConstant = 1u << 1,   // one of the module's predefined objects: never freed
  kTemporary = 1u << 2,  // owns its handle: frees it when collected
};

template <class MpiHandle>
struct HandleObject {
  PyObject_HEAD MpiHandle ob_mpi;
  unsigned flags;
  PyObject* weakreflist;

  using Handle = MpiHandle;
  PyObject* as_object() { return reinterpret_cast<PyObject*>(this); }
};

struct Status : HandleObject<MPI_Status> {
  PYLAUNCH_CLASS(Status)
};

struct Datatype : HandleObject<MPI_Datatype> {
  PYLAUNCH_CLASS(Datatype)
  static Handle null() { return MPI_DATATYPE_NULL; }
  static MPI_Fint to_fortran(Handle handle) { return MPI_Type_c2f(handle); }
  static Handle from_fortran(MPI_Fint value) { return MPI_Type_f2c(value); }
  static void free(Datatype& self);
};

struct Request : HandleObject<MPI_Request> {
  PyObject* ob_buf;  // keeps the buffers of a pending operation alive
  PYLAUNCH_CLASS(Request)
  static Handle null() { return MPI_REQUEST_NULL; }
  static MPI_Fint to_fortran(Handle handle) { return MPI_Request_c2f(handle); }
  static Handle from_fortran(MPI_Fint value) { return MPI_Request_f2c(value); }
  static void free(Request& self);
};
struct Prequest : Request {
  PYLAUNCH_CLASS(Prequest)
};
struct Grequest : Request {
  MPI_Request ob_grequest;
  PYLAUNCH_CLASS(Grequest)
};

struct Message : HandleObject<MPI_Message> {
  PyObject* ob_buf;  // where a pickled message will be received, or null
  PYLAUNCH_CLASS(Message)
  static Handle null() { return MPI_MESSAGE_NULL; }
  static MPI_Fint to_fortran(Handle handle) { return MPI_Message_c2f(handle); }
  static Handle from_fortran(MPI_Fint value) { return MPI_Message_f2c(value); }
  static void free(Message&) {}
};

struct Op : HandleObject<MPI_Op> {
  PYLAUNCH_CLASS(Op)
  static Handle null() { return MPI_OP_NULL; }
  static MPI_Fint to_fortran(Handle handle) { return MPI_Op_c2f(handle); }
  static Handle from_fortran(MPI_Fint value) { return MPI_Op_f2c(value); }
  static void free(Op& self);
};

struct Group : HandleObject<MPI_Group> {
  PYLAUNCH_CLASS(Group)
  static Handle null() { return MPI_GROUP_NULL; }
  static MPI_Fint to_fortran(Handle handle) { return MPI_Group_c2f(handle); }
  static Handle from_fortran(MPI_Fint value) { return MPI_Group_f2c(value); }
  static void free(Group& self);
};

struct Info : HandleObject<MPI_Info> {
  PYLAUNCH_CLASS(Info)
  static Handle null() { return MPI_INFO_NULL; }
  static MPI_Fint to_fortran(Handle handle) { return MPI_Info_c2f(handle); }
  static Handle from_fortran(MPI_Fint value) { return MPI_Info_f2c(value); }
  static void free(Info& self);
};

struct Errhandler : HandleObject<MPI_Errhandler> {
  PYLAUNCH_CLASS(Errhandler)
  static Handle null() { return MPI_ERRHANDLER_NULL; }
  static MPI_Fint to_fortran(Handle handle) { return MPI_Errhandler_c2f(handle); }
  static Handle from_fortran(MPI_Fint value) { return MPI_Errhandler_f2c(value); }
  static void free(Errhandler& self);
};

#if MPI_VERSION >= 4
using SessionHandle = MPI_Session;
#else
using SessionHandle = void*;  // as in mpi4py's headers for such an MPI
#endif
struct Session : HandleObject<SessionHandle> {
  PYLAUNCH_CLASS(Session)
  static Handle null();
  static MPI_Fint to_fortran(Handle handle);
  static Handle from_fortran(MPI_Fint value);
  static void free(Session& self);
};

struct Comm : HandleObject<MPI_Comm> {
  PYLAUNCH_CLASS(Comm)
  static Handle null() { return MPI_COMM_NULL; }
  static MPI_Fint to_fortran(Handle handle) { return MPI_Comm_c2f(handle); }
  static Handle from_fortran(MPI_Fint value) { return MPI_Comm_f2c(value); }
  static void free(Comm& self);
};
struct Intracomm : Comm {
  PYLAUNCH_CLASS(Intracomm)
};
struct Intercomm : Comm {
  PYLAUNCH_CLASS(Intercomm)
};
struct Topocomm : Intracomm {
  PYLAUNCH_CLASS(Topocomm)
};
struct Cartcomm : Topocomm {
  PYLAUNCH_CLASS(Cartcomm)
};
struct Graphcomm : Topocomm {
  PYLAUNCH_CLASS(Graphcomm)
};
struct Distgraphcomm : Topocomm {
  PYLAUNCH_CLASS(Distgraphcomm)
};

struct Win : HandleObject<MPI_Win> {
  PyObject* ob_mem;  // keeps the memory that the window exposes alive
  PYLAUNCH_CLASS(Win)
  static Handle null() { return MPI_WIN_NULL; }
  static MPI_Fint to_fortran(Handle handle) { return MPI_Win_c2f(handle); }
  static Handle from_fortran(MPI_Fint value) { return MPI_Win_f2c(value); }
  static void free(Win& self);
};

struct File : HandleObject<MPI_File> {
  PYLAUNCH_CLASS(File)
  static Handle null() { return MPI_FILE_NULL; }
  static MPI_Fint to_fortran(Handle handle) { return MPI_File_c2f(handle); }
  static Handle from_fortran(MPI_Fint value) { return MPI_File_f2c(value); }
  static void free(File& self);
};

// The class among the families that owns the handle: Comm for Cartcomm, Request for Prequest.
template <class Object>
using FamilyOf =
    std::conditional_t<std::is_base_of_v<Comm, Object>, Comm,
                       std::conditional_t<std::is_base_of_v<Request, Object>, Request, Object>>;

template <class Object>
bool is_instance(PyObject* object) {
  return Py_TYPE(object) == &Object::type || PyObject_TypeCheck(object, &Object::type);
}

template <class Object>
Object& cast(PyObject* object) {
  return *reinterpret_cast<Object*>(object);
}

// A handle as the integer that `handle` and `fromhandle` speak of.
template <class Handle>
std::uintptr_t handle_value(Handle handle) {
  if constexpr (std::is_pointer_v<Handle>) {
    return reinterpret_cast<std::uintptr_t>(handle);
  } else {
    return static_cast<std::uintptr_t>(handle);
  }
}
template <class Handle>
Handle handle_from_value(std::uintptr_t value) {
  if constexpr (std::is_pointer_v<Handle>) {
    return reinterpret_cast<Handle>(value);
  } else {
    return static_cast<Handle>(value);
  }
}

}  // namespace pylaunch::mpi
