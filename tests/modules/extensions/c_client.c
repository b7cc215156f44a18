// SPDX-License-Identifier: BSD-3-Clause
// An extension against mpi4py's C interface: import_mpi4py() and the PyMPI*_New and _Get calls.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <mpi4py/mpi4py.h>

static PyObject *sum_of_ranks(PyObject *self, PyObject *argument) {
  (void)self;
  MPI_Comm *comm = PyMPIComm_Get(argument);
  if (comm == NULL) return NULL;
  int rank = 0;
  int sum = 0;
  MPI_Comm_rank(*comm, &rank);
  MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, *comm);
  return PyLong_FromLong(sum);
}

static PyObject *round_trips(PyObject *self, PyObject *argument) {
  (void)self;
  MPI_Comm *comm = PyMPIComm_Get(argument);
  if (comm == NULL) return NULL;
  MPI_Group group = MPI_GROUP_NULL;
  MPI_Comm_group(*comm, &group);
  MPI_Status status = {0};
  status.MPI_TAG = 77;
  return Py_BuildValue("{sNsNsNsNsNsNsNsN}", "comm", PyMPIComm_New(*comm), "group",
                       PyMPIGroup_New(group), "datatype", PyMPIDatatype_New(MPI_DOUBLE), "op",
                       PyMPIOp_New(MPI_MAX), "request", PyMPIRequest_New(MPI_REQUEST_NULL), "status",
                       PyMPIStatus_New(&status), "win", PyMPIWin_New(MPI_WIN_NULL), "file",
                       PyMPIFile_New(MPI_FILE_NULL));
}

static PyMethodDef methods[] = {
    {"sum_of_ranks", sum_of_ranks, METH_O, "MPI_Allreduce of the ranks of a Comm."},
    {"round_trips", round_trips, METH_O, "Objects made of C handles, by class."},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "c_client", NULL, -1, methods,
                                        NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_c_client(void) {
  if (import_mpi4py() < 0) return NULL;
  return PyModule_Create(&definition);
}
