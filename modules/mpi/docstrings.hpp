// SPDX-License-Identifier: BSD-3-Clause
// What docstrings say beyond the signature and a sentence.
#pragma once

#include "python.hpp"

namespace pylaunch::mpi {

// Adds to each docstring what the arguments are, which errors there are, and where MPI defines it.
// `owner` is the class's name, or "module".
void complete_documentation(const char* owner, PyMethodDef* methods);

}  // namespace pylaunch::mpi
