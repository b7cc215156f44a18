// SPDX-License-Identifier: BSD-3-Clause
#include "handle.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject File::type{};

void File::free(File& self) {
    free_and_keep_constants(self, MPI_File_close);
}

void add_file(PyObject* module) {
    static PyMethodDef methods[] = {
        PYLAUNCH_HANDLE_METHODS(File),
        end_of_methods(),
    };
    static PyGetSetDef properties[] = {
        PYLAUNCH_HANDLE_PROPERTY(File),
        end_of_properties(),
    };
    define_handle_type<File>(module, {"mpi4py.MPI.File", "File I/O context.", methods, properties});
    define_constant<File>(module, "FILE_NULL", MPI_FILE_NULL);
}

}  // namespace pylaunch::mpi
