// SPDX-License-Identifier: BSD-3-Clause
// The method tables that make up Win.
#pragma once

#include <vector>

#include "handle.hpp"

namespace pylaunch::mpi {

const std::vector<PyMethodDef>& rma_methods();
const std::vector<PyMethodDef>& synchronisation_methods();
const std::vector<PyMethodDef>& errhandler_methods_of_win();

}  // namespace pylaunch::mpi
