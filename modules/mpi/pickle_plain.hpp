// SPDX-License-Identifier: BSD-3-Clause
// Pickles of small plain objects without pickle: half the time of a short message goes into asking
// it.
#pragma once

#include <cstddef>

#include "python.hpp"

namespace pylaunch::mpi {

// A pickle (protocol 4) of None, a bool, float, str, bytes or int of 64 bits, or of a tuple, list
// or dict of these, of those very classes and at most 512 bytes long; any unpickler reads it. Empty
// for everything else.
Ref plain_pickle(PyObject* object);

// The object of such a pickle; empty, and no error set, for pickles that have more in them.
Ref plain_unpickle(const char* data, std::size_t size);

}  // namespace pylaunch::mpi
