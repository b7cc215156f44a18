// SPDX-License-Identifier: BSD-3-Clause
//
// The meta path finders of pylaunch itself. One stands last, and answers for the modules that are
// part of the support library (`pylaunch`, and `mpi4py` where none is installed); for any other
// name it makes sure that the folders are still what their listings say before the import fails. A
// second one, in front of PathFinder, only stands there when the native mpi4py replaces an
// installed one.
#pragma once

#include <pybind11/pybind11.h>

#include "embed/session.hpp"

namespace pylaunch::embed {

// What native modules have as `__file__`: the library that they are part of.
void name_native_modules_file(const std::string& path);

// Warnings are the business of rank 0.
void install_meta_path_finders(const Session& session, int rank);

// After `site` has run: finders of editable installs, which it appends, are to be asked before.
void move_last_finder_to_the_end();

}  // namespace pylaunch::embed
