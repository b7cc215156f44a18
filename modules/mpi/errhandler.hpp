// SPDX-License-Identifier: BSD-3-Clause
// The error handler methods of File and Session; those of Comm and Win are with their tables.
#pragma once

#include <vector>

#include "python.hpp"

namespace pylaunch::mpi {

const std::vector<PyMethodDef>& errhandler_methods_of_file();
const std::vector<PyMethodDef>& errhandler_methods_of_session();

}  // namespace pylaunch::mpi
