// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "python.hpp"

#include <vector>

namespace pylaunch::mpi {

const std::vector<PyMethodDef>& attribute_methods_of_win();

}  // namespace pylaunch::mpi
