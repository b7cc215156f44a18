// SPDX-License-Identifier: BSD-3-Clause
// mpi4py's C interface: the capsules that import_mpi4py() and `cimport mpi4py.MPI` look for. Their
// names are the C signatures, as Cython writes them.
#include "handle.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

// Wraps a handle; the class of a communicator follows from its kind. New reference or null.
template <class Object>
PyObject* new_object(typename Object::Handle handle) {
  return guarded([&] { return handle_from<FamilyOf<Object>>(&Object::type, handle).release(); });
}

PyObject* new_status(MPI_Status* status) {
  return guarded([&] {
    Ref object = own(PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&Status::type)));
    if (status != nullptr && status != MPI_STATUS_IGNORE && status != MPI_STATUSES_IGNORE) {
      cast<Status>(object.get()).ob_mpi = *status;
    }
    return object.release();
  });
}

// Where the object keeps its handle; null and TypeError for an object of another class.
template <class Object>
typename Object::Handle* get_handle(PyObject* object) {
  try {
    return &Argument<Object&>::from(object).ob_mpi;
  } catch (const PythonError&) {
    return nullptr;
  }
}

MPI_Status* get_status(PyObject* object) {
  return object == Py_None ? MPI_STATUS_IGNORE : get_handle<Status>(object);
}

#if MPI_VERSION < 4
using MPI_Session = SessionHandle;
#endif

class Capsules {
 public:
  Capsules() : table_(own(PyDict_New())) {}

  template <class Function>
  void add(const char* name, Function function, const char* signature) {
    Ref capsule = own(PyCapsule_New(
        reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(function)), signature, nullptr));
    succeed(PyDict_SetItemString(table_.get(), name, capsule.get()));
  }

  PyObject* table() const { return table_.get(); }

 private:
  Ref table_;
};

#define PYLAUNCH_CAPSULE_NEW(Class, Handle)                                                   \
  capsules.add("PyMPI" #Class "_New", static_cast<PyObject* (*)(Handle)>(&new_object<Class>), \
               "PyObject *(" #Handle ")")
#define PYLAUNCH_CAPSULES(Class, Handle) \
  PYLAUNCH_CAPSULE_NEW(Class, Handle);   \
  capsules.add("PyMPI" #Class "_Get", &get_handle<Class>, #Handle " *(PyObject *)")

}  // namespace

void add_capi(PyObject* module) {
  Capsules capsules;
  PYLAUNCH_CAPSULES(Datatype, MPI_Datatype);
  PYLAUNCH_CAPSULES(Request, MPI_Request);
  PYLAUNCH_CAPSULE_NEW(Prequest, MPI_Request);
  PYLAUNCH_CAPSULE_NEW(Grequest, MPI_Request);
  PYLAUNCH_CAPSULES(Message, MPI_Message);
  PYLAUNCH_CAPSULES(Op, MPI_Op);
  PYLAUNCH_CAPSULES(Group, MPI_Group);
  PYLAUNCH_CAPSULES(Info, MPI_Info);
  PYLAUNCH_CAPSULES(Errhandler, MPI_Errhandler);
  PYLAUNCH_CAPSULES(Session, MPI_Session);
  PYLAUNCH_CAPSULES(Comm, MPI_Comm);
  PYLAUNCH_CAPSULES(Win, MPI_Win);
  PYLAUNCH_CAPSULES(File, MPI_File);
  capsules.add("PyMPIStatus_New", &new_status, "PyObject *(MPI_Status *)");
  capsules.add("PyMPIStatus_Get", &get_status, "MPI_Status *(PyObject *)");
  succeed(PyObject_SetAttrString(module, "__pyx_capi__", capsules.table()));
}

}  // namespace pylaunch::mpi
