// SPDX-License-Identifier: BSD-3-Clause
// The buffered sends' methods of Comm and Session; empty before MPI 4.1.
#pragma once

#include <vector>

#include "python.hpp"

namespace pylaunch::mpi {

const std::vector<PyMethodDef>& buffered_send_methods_of_comm();
const std::vector<PyMethodDef>& buffered_send_methods_of_session();

}  // namespace pylaunch::mpi
