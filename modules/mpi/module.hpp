// SPDX-License-Identifier: BSD-3-Clause
// The parts that PyInit_MPI puts together; each file adds its classes, functions and constants.
#pragma once

#include "python.hpp"

namespace pylaunch::mpi {

void add_exception(PyObject* module);         // Exception, error classes and their functions
void add_special_values(PyObject* module);    // BOTTOM, IN_PLACE, BUFFER_AUTOMATIC
void add_constants(PyObject* module);         // integers
void add_buffer(PyObject* module);            // buffer, Alloc_mem, Get_address, ...
void add_memory_functions(PyObject* module);  // called by add_buffer
void add_buffered_sends(PyObject* module);    // called by add_memory_functions
void add_status(PyObject* module);
void add_datatype(PyObject* module);
void add_datatype_codes(PyObject* module);  // tocode, fromcode and the three typedicts
void add_request(PyObject* module);
void add_message(PyObject* module);
void add_op(PyObject* module);
void add_group(PyObject* module);
void add_info(PyObject* module);
void add_errhandler(PyObject* module);
void add_session(PyObject* module);
void add_pickle(PyObject* module);
void add_comm(PyObject* module);
void add_intracomm(PyObject* module);  // with Intercomm
void add_topology(PyObject* module);   // Topocomm, Cartcomm, Graphcomm, Distgraphcomm
void add_win(PyObject* module);
void add_file(PyObject* module);
void add_environment(PyObject* module);    // Wtime, Get_version, get_vendor, ...
void add_abi(PyObject* module);            // called by add_environment
void add_introspection(PyObject* module);  // _handleof and the like
void add_datarep(PyObject* module);        // Register_datarep
void add_capi(PyObject* module);           // __pyx_capi__
void add_not_yet(PyObject* module);        // stubs for the names that nothing above defined

// Adds functions to the module.
void add_functions(PyObject* module, PyMethodDef* functions);

// Adds methods to a class that another file defined; call it before the class is used.
void extend_type(PyTypeObject& type, PyMethodDef* methods);

// Puts mpi4py's error policy (errors become exceptions) on a communicator that was just made.
void set_error_policy(MPI_Comm comm);
void set_win_error_policy(MPI_Win win);
void set_file_error_policy(MPI_File file);
#if MPI_VERSION >= 4
void set_session_error_policy(MPI_Session session);
#endif

// mpi4py.rc, as read when the module was created.
struct Options {
  bool fast_reduce = true;
  long irecv_buffer_bytes = 32768;
  enum class Errors { exception, unchanged, abort, fatal } errors = Errors::exception;
};
const Options& options();
// RuntimeWarning for each value that is none for its name.
Options read_options();

}  // namespace pylaunch::mpi
