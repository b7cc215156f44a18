// SPDX-License-Identifier: BSD-3-Clause
//
// importlib's loaders are equal if their class, name and path are, and so are specs that have them;
// and they can be pickled. The classes made here stand for those that they derive from.
#pragma once

#include <pybind11/pybind11.h>

namespace pylaunch::embed {

// `__eq__` and `__reduce__`, for derive().
PyMethodDef loader_equality_method();
PyMethodDef loader_reduction_method();

}  // namespace pylaunch::embed
