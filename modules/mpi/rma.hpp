// SPDX-License-Identifier: BSD-3-Clause
// The method tables that make up Win.
#pragma once

#include "handle.hpp"

#include <vector>

namespace pylaunch::mpi {

const std::vector<PyMethodDef>& rma_methods();
const std::vector<PyMethodDef>& errhandler_methods_of_win();

}  // namespace pylaunch::mpi
