// SPDX-License-Identifier: BSD-3-Clause
//
// The CPython that was linked into this executable when it was built, if one was: the same code as
// in the interpreter of the system, which is faster than the shared libpython beside that. It
// exports nothing, and is asleep until a library of nothing but names, which lies beside the
// support libraries, is loaded in place of libpython.
#pragma once

#include <string>

#include "launcher/python_installation.hpp"

namespace pylaunch {

// "3.11.2 (main, Apr 28 2025, 14:11:48) [GCC 12.2.0]", sys.version with single blanks; empty: there
// is none.
std::string built_in_version();

// sys.version has two lines up to CPython 3.9, and two blanks before a day of one digit.
std::string with_single_blanks(const std::string& text);

// The library to load instead of `python.library`; empty unless the very build of CPython that the
// user's interpreter is, in the same prefix, has been built in.
std::string built_in_library(const PythonInstallation& python);

// Whether the names of such a library, which dlopen has loaded, are those of what is in here. If
// not, they come from another build of pylaunch, or ld.so is that of a glibc before 2.28, to which
// an absolute symbol is relative all the same.
bool names_this_executable(void* library);

}  // namespace pylaunch
