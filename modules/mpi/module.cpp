// SPDX-License-Identifier: BSD-3-Clause
// PyInit_MPI: the order in which the module is put together.
#include "module.hpp"

#include <cstring>

#include "../modules.hpp"
#include "arguments.hpp"
#include "docstrings.hpp"

namespace pylaunch::mpi {

void add_functions(PyObject* module, PyMethodDef* functions) {
  complete_documentation("module", functions);
  succeed(PyModule_AddFunctions(module, functions));
}

void extend_type(PyTypeObject& type, PyMethodDef* methods) {
  complete_documentation(std::strrchr(type.tp_name, '.') + 1, methods);
  for (PyMethodDef* entry = methods; entry->ml_name != nullptr; ++entry) {
    const bool of_class = (entry->ml_flags & METH_CLASS) != 0;
    Ref descriptor =
        own(of_class ? PyDescr_NewClassMethod(&type, entry) : PyDescr_NewMethod(&type, entry));
    succeed(PyDict_SetItemString(type.tp_dict, entry->ml_name, descriptor.get()));
  }
  PyType_Modified(&type);
}

namespace {

using AddPart = void (*)(PyObject*);

constexpr AddPart kParts[] = {
    add_exception,   add_constants,      add_special_values, add_buffer,  add_status,
    add_datatype,    add_datatype_codes, add_request,        add_message, add_op,
    add_group,       add_info,           add_errhandler,     add_session, add_pickle,
    add_comm,        add_intracomm,      add_topology,       add_win,     add_file,
    add_environment, add_datarep,        add_introspection,  add_capi,    add_not_yet,
};

PyModuleDef& definition() {
  static PyModuleDef module = [] {
    PyModuleDef empty = {PyModuleDef_HEAD_INIT,
                         "mpi4py.MPI",
                         "Message Passing Interface.",
                         -1,
                         nullptr,
                         nullptr,
                         nullptr,
                         nullptr,
                         nullptr};
    return empty;
  }();
  return module;
}

}  // namespace
}  // namespace pylaunch::mpi

extern "C" PyObject* PyInit_MPI(void) {
  using namespace pylaunch::mpi;
  // One object under both of its names, however often it is asked for.
  static PyObject* created = nullptr;
  if (created != nullptr) {
    Py_INCREF(created);
    return created;
  }
  return guarded([]() -> PyObject* {
    Ref module = own(PyModule_Create(&definition()));
    for (AddPart add : kParts) {
      add(module.get());
    }
    if (mpi_is_active()) {
      set_error_policy(MPI_COMM_SELF);
      set_error_policy(MPI_COMM_WORLD);
    }
    Py_INCREF(module.get());
    created = module.get();
    return module.release();
  });
}
