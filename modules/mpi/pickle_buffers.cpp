// SPDX-License-Identifier: BSD-3-Clause
#include "pickle_buffers.hpp"

#include <algorithm>
#include <utility>

#include "buffer.hpp"
#include "handle.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

// Where the dumps that is under way in this thread puts its buffers.
thread_local OutOfBandBuffers* collector = nullptr;
thread_local Py_ssize_t collector_threshold = 0;

// buffer_callback of pickle.dumps: true leaves the buffer in the stream.
PyObject* collect_buffer(PyObject*, PyObject* object) {
  const Py_buffer* view = PyPickleBuffer_GetBuffer(object);
  if (view == nullptr) {
    return nullptr;
  }
  if (view->len < collector_threshold || PyBuffer_IsContiguous(view, 'A') == 0) {
    Py_RETURN_TRUE;
  }
  collector->push_back({Ref::borrow(object), view->buf, view->len});
  Py_RETURN_FALSE;
}

// A pickle may send other objects while it is made.
class Collecting {
 public:
  Collecting(OutOfBandBuffers& buffers, Py_ssize_t threshold)
      : outer_(std::exchange(collector, &buffers)),
        outer_threshold_(std::exchange(collector_threshold, threshold)) {}
  ~Collecting() {
    collector = outer_;
    collector_threshold = outer_threshold_;
  }
  Collecting(const Collecting&) = delete;
  Collecting& operator=(const Collecting&) = delete;

 private:
  OutOfBandBuffers* outer_;
  Py_ssize_t outer_threshold_;
};

}  // namespace

Ref dump_with_buffers(PyObject* dumps, PyObject* protocol, Py_ssize_t threshold, PyObject* object,
                      OutOfBandBuffers& buffers) {
  static PyMethodDef definition{"buffer_callback", &collect_buffer, METH_O, nullptr};
  static PyObject* const callback = own(PyCFunction_New(&definition, nullptr)).release();
  static PyObject* const keywords = own(Py_BuildValue("(s)", "buffer_callback")).release();
  // Below a KiB, copying is cheaper than a derived datatype.
  constexpr Py_ssize_t kLeast = 1024;
  const Collecting collecting(buffers, std::max(kLeast, threshold));
  PyObject* args[] = {object, protocol, callback};
  return own(PyObject_Vectorcall(dumps, args, 2, keywords));
}

}  // namespace pylaunch::mpi
