// SPDX-License-Identifier: BSD-3-Clause
// Pickling with out-of-band buffers (PEP 574).
#pragma once

#include "pickle.hpp"

namespace pylaunch::mpi {

// `dumps(object, protocol, buffer_callback=...)`: contiguous buffers of at least `threshold` bytes
// go to `buffers` and not into the stream.
Ref dump_with_buffers(PyObject* dumps, PyObject* protocol, Py_ssize_t threshold, PyObject* object,
                      OutOfBandBuffers& buffers);

}  // namespace pylaunch::mpi
