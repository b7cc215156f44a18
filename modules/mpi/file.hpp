// SPDX-License-Identifier: BSD-3-Clause
// The method table of file_access.cpp, for File.
#pragma once

#include <vector>

#include "handle.hpp"

namespace pylaunch::mpi {

const std::vector<PyMethodDef>& file_access_methods();

}  // namespace pylaunch::mpi
