// SPDX-License-Identifier: BSD-3-Clause
//
// What the command line that PyConfig has read wants to be run.
#pragma once

#include <Python.h>

#include "embed/session.hpp"

namespace pylaunch::embed {

// To be called before the interpreter starts. Whether a script is a container is not known by then,
// nor whether it can be read: see prepare_program().
Program configured_program(const PyConfig& config);

// Whether the script is a folder, or an archive by its end record: a guess at what sys.path_hooks
// will say, before there are any. False, without a look at the file, for names that end in `.py`,
// and where note_path0() has nothing to do.
bool looks_like_container(const Program& program);

// Py_Main() of CPython 3.13 and later notes what sys.path will begin with. The interpreter tells by
// it whether a module of the program shadows another one, and gives it to those that the program
// makes.
void note_path0(PyConfig* config, const Program& program, bool is_container);

}  // namespace pylaunch::embed
