// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Python.h>

namespace pylaunch::embed {

// A module that is linked into the support library, under one of the names it can be imported by.
struct NativeModule {
  const char* name;
  PyObject* (*init)();
};

// What modules/ hands to the interpreter; ends with a row of nulls.
extern const NativeModule native_modules[];

// Whether they have something left to release, after the interpreter's end.
bool native_modules_have_left();

// Their last act, after the interpreter's end; `communicator` as in PylaunchSupport::release.
int release_native_modules(int communicator);

}  // namespace pylaunch::embed
