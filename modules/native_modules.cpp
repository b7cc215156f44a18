// SPDX-License-Identifier: BSD-3-Clause
#include "embed/native_module.hpp"
#include "modules/modules.hpp"

namespace pylaunch::embed {

const NativeModule native_modules[] = {
    {"pylaunch.MPI", PyInit_MPI}, {"mpi4py.MPI", PyInit_MPI}, {nullptr, nullptr}};

void release_native_modules(int communicator) { pylaunch_mpi_release(communicator); }

}  // namespace pylaunch::embed
