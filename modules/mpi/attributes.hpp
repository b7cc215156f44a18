// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "python.hpp"

namespace pylaunch::mpi {

const std::vector<PyMethodDef>& attribute_methods_of_win();

}  // namespace pylaunch::mpi
