// SPDX-License-Identifier: BSD-3-Clause
#include "embed/native_module.hpp"
#include "modules/modules.hpp"

namespace pylaunch::embed {

const NativeModule native_modules[] = {
    {"pylaunch.MPI", PyInit_MPI}, {"mpi4py.MPI", PyInit_MPI}, {nullptr, nullptr}};

bool native_modules_have_left() { return pylaunch_mpi_has_left() != 0; }

int release_native_modules(int communicator) { return pylaunch_mpi_release(communicator); }

}  // namespace pylaunch::embed
