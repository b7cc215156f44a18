// SPDX-License-Identifier: BSD-3-Clause
#include "buffer.hpp"

#include <cstring>

#include "buffer_items.hpp"
#include "device_buffer.hpp"
#include "message_spec.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

struct Buffer {
  PyObject_HEAD Py_buffer view;
  int from_device;  // the view came from DLPack or CUDA: the owner is just a reference

  PyObject* as_object() { return reinterpret_cast<PyObject*>(this); }
};

PyTypeObject buffer_type{};

Ref new_buffer() {
  Ref object = own(buffer_type.tp_alloc(&buffer_type, 0));
  Buffer& self = cast<Buffer>(object.get());
  succeed(PyBuffer_FillInfo(&self.view, nullptr, nullptr, 0, 0, PyBUF_SIMPLE));
  return object;
}

void release(Buffer& self) {
  if (self.from_device != 0) {
    Py_CLEAR(self.view.obj);
  } else {
    PyBuffer_Release(&self.view);
  }
  self.from_device = 0;
  PyBuffer_FillInfo(&self.view, nullptr, nullptr, 0, 0, PyBUF_SIMPLE);
}

void acquire(Buffer& self, PyObject* object, int flags) {
  if (PyObject_GetBuffer(object, &self.view, flags) != 0) {
    acquire_device_buffer_or_rethrow(object, self.view, flags);
    self.from_device = 1;
  }
}

// The memory itself; BufferError when only a device can look into it.
unsigned char* bytes_of(Buffer& self) {
  if (self.from_device != 0 && is_on_device(self.view)) {
    fail(PyExc_BufferError, "the buffer is in the memory of a device");
  }
  return static_cast<unsigned char*>(self.view.buf);
}

PyObject* make(PyTypeObject*, PyObject* args, PyObject* kwds) {
  return guarded([&] {
    if (PyTuple_GET_SIZE(args) > 1 || (kwds != nullptr && PyDict_Size(kwds) > 0)) {
      fail(PyExc_TypeError, "buffer() takes at most 1 positional argument");
    }
    Ref object = new_buffer();
    if (PyTuple_GET_SIZE(args) == 1) {
      acquire(cast<Buffer>(object.get()), PyTuple_GET_ITEM(args, 0), PyBUF_SIMPLE);
    }
    return object.release();
  });
}

void dealloc(PyObject* object) {
  release(cast<Buffer>(object));
  Py_TYPE(object)->tp_free(object);
}

Ref allocate(NoSelf, Py_ssize_t nbytes, Int<0> clear) {
  if (nbytes < 0) {
    fail(PyExc_ValueError, "expecting non-negative size");
  }
  Ref memory = own(PyByteArray_FromStringAndSize(nullptr, nbytes));
  if (clear != 0) {
    std::memset(PyByteArray_AS_STRING(memory.get()), 0, static_cast<std::size_t>(nbytes));
  }
  return buffer_from(memory.get(), false);
}

Ref from_buffer(NoSelf, PyObject* object, Int<0> readonly) {
  return buffer_from(object, readonly != 0);
}

Ref from_address(NoSelf, PyObject* address, Py_ssize_t nbytes, Int<0> readonly) {
  void* pointer = PyLong_AsVoidPtr(address);
  if (pointer == nullptr && PyErr_Occurred() != nullptr) {
    throw PythonError{};
  }
  if (nbytes < 0) {
    fail(PyExc_ValueError, "expecting non-negative buffer length");
  }
  if (nbytes > 0 && pointer == nullptr) {
    fail(PyExc_ValueError, "expecting non-NULL address");
  }
  return buffer_over(pointer, nbytes, readonly != 0);
}

Ref cast_view(Buffer& self, PyObject* format, Optional shape) {
  static_cast<void>(bytes_of(self));
  Ref view = own(PyMemoryView_FromObject(self.as_object()));
  if (shape.is_none()) {
    return own(PyObject_CallMethod(view.get(), "cast", "O", format));
  }
  return own(PyObject_CallMethod(view.get(), "cast", "OO", format, shape.object));
}

Ref to_bytes(Buffer& self, Optional) {
  return own(PyBytes_FromStringAndSize(reinterpret_cast<char*>(bytes_of(self)), self.view.len));
}

Ref to_readonly(Buffer& self) {
  PyObject* owner = self.view.obj == nullptr ? self.as_object() : self.view.obj;
  return buffer_within(owner, self.view.buf, self.view.len, true);
}

unsigned long address(Buffer& self) { return reinterpret_cast<std::uintptr_t>(self.view.buf); }
Ref owner(Buffer& self) { return Ref::borrow(self.view.obj == nullptr ? Py_None : self.view.obj); }
long nbytes(Buffer& self) { return self.view.len; }
bool readonly(Buffer& self) { return self.view.readonly != 0; }
std::string format(Buffer& self) { return self.view.format == nullptr ? "B" : self.view.format; }
long itemsize(Buffer& self) { return self.view.itemsize; }

// ---- protocols ---------------------------------------------------------------------------------

int get_buffer(PyObject* object, Py_buffer* view, int flags) {
  Buffer& self = cast<Buffer>(object);
  return PyBuffer_FillInfo(view, object, self.view.buf, self.view.len, self.view.readonly, flags);
}

Py_ssize_t length(PyObject* object) { return cast<Buffer>(object).view.len; }

// Iteration and `in` end with the IndexError, as those of any sequence.
PyObject* item_at(PyObject* object, Py_ssize_t position) {
  return guarded([&] {
    Buffer& self = cast<Buffer>(object);
    if (position < 0 || position >= self.view.len) {
      fail(PyExc_IndexError, "index out of range");
    }
    return PyLong_FromLong(bytes_of(self)[position]);
  });
}

PyObject* get_item(PyObject* object, PyObject* index) {
  return guarded([&] {
    Buffer& self = cast<Buffer>(object);
    if (PyIndex_Check(index)) {
      return PyLong_FromLong(bytes_of(self)[item_position(index, self.view.len)]);
    }
    const Range range = slice_range(index, self.view.len);
    return buffer_within(object, bytes_of(self) + range.start, range.size, self.view.readonly != 0)
        .release();
  });
}

void set_item_checked(Buffer& self, PyObject* index, PyObject* value) {
  if (value == nullptr) {
    fail(PyExc_NotImplementedError, "cannot delete items of a buffer");
  }
  if (self.view.readonly != 0) {
    fail(PyExc_TypeError, "buffer is read-only");
  }
  if (PyIndex_Check(index)) {
    const Py_ssize_t position = item_position(index, self.view.len);
    bytes_of(self)[position] = Argument<unsigned char>::from(value);
    return;
  }
  const Range range = slice_range(index, self.view.len);
  if (PyIndex_Check(value)) {
    std::memset(bytes_of(self) + range.start, Argument<unsigned char>::from(value),
                static_cast<std::size_t>(range.size));
    return;
  }
  BufferView source;
  source.acquire_contiguous(value, Access::read);
  if (source.bytes() != range.size) {
    fail(PyExc_ValueError, "slice length does not match buffer");
  }
  std::memmove(bytes_of(self) + range.start, source.address(),
               static_cast<std::size_t>(range.size));
}

int set_item(PyObject* object, PyObject* index, PyObject* value) {
  try {
    set_item_checked(cast<Buffer>(object), index, value);
    return 0;
  } catch (const PythonError&) {
    return -1;
  }
}

PyMethodDef* methods() {
  static PyMethodDef table[] = {
      method<"allocate", &allocate, "nbytes", "clear">("Buffer allocation.", METH_STATIC),
      method<"frombuffer", &from_buffer, "obj", "readonly">("Buffer from buffer-like object.",
                                                            METH_STATIC),
      method<"fromaddress", &from_address, "address", "nbytes", "readonly">(
          "Buffer from address and size in bytes.", METH_STATIC),
      method<"cast", &cast_view, "format", "shape">(
          "Cast to a `memoryview` with new format or shape."),
      method<"tobytes", &to_bytes, "order">("Return the data in the buffer as a byte string."),
      method<"toreadonly", &to_readonly>("Return a readonly version of the buffer object."),
      method<"release", &release>("Release the underlying buffer exposed by the buffer object."),
      end_of_methods(),
  };
  return table;
}

PyGetSetDef* properties() {
  static PyGetSetDef table[] = {
      property<&address>("address", "Buffer address."),
      property<&owner>("obj", "Object exposing buffer."),
      property<&nbytes>("nbytes", "Buffer size (in bytes)."),
      property<&readonly>("readonly", "Buffer is read-only."),
      property<&format>("format", "Format of each element."),
      property<&itemsize>("itemsize", "Size (in bytes) of each element."),
      end_of_properties(),
  };
  return table;
}

}  // namespace

Ref buffer_over(void* address, Py_ssize_t bytes, bool read_only) {
  Ref object = new_buffer();
  succeed(PyBuffer_FillInfo(&cast<Buffer>(object.get()).view, nullptr, address, bytes,
                            read_only ? 1 : 0, PyBUF_SIMPLE));
  return object;
}

Ref buffer_within(PyObject* owner, void* address, Py_ssize_t bytes, bool read_only) {
  Ref object = new_buffer();
  Buffer& self = cast<Buffer>(object.get());
  succeed(PyBuffer_FillInfo(&self.view, nullptr, address, bytes, read_only ? 1 : 0, PyBUF_SIMPLE));
  self.view.obj = Ref::borrow(owner).release();
  self.from_device = 1;  // a plain reference, not an exported view
  return object;
}

Ref buffer_from(PyObject* object, bool read_only) {
  Ref result = new_buffer();
  Buffer& self = cast<Buffer>(result.get());
  acquire(self, object, PyBUF_ANY_CONTIGUOUS | (read_only ? 0 : PyBUF_WRITABLE));
  if (read_only) {
    self.view.readonly = 1;
  }
  return result;
}

bool is_buffer_object(PyObject* object) { return Py_TYPE(object) == &buffer_type; }

const Py_buffer& buffer_view(PyObject* object) {
  if (!is_buffer_object(object)) {
    fail(PyExc_TypeError, "expecting MPI.buffer, got %.200s", Py_TYPE(object)->tp_name);
  }
  return cast<Buffer>(object).view;
}

void release_buffer(PyObject* object) { release(cast<Buffer>(object)); }

void add_buffer(PyObject* module) {
  static PyBufferProcs buffer_slots{&get_buffer, nullptr};
  static PyMappingMethods mapping{&length, &get_item, &set_item};
  static PySequenceMethods sequence{&length, {}, {}, &item_at, {}, {}, {}, {}, {}, {}};
  buffer_type.tp_basicsize = sizeof(Buffer);
  buffer_type.tp_new = &make;
  buffer_type.tp_dealloc = &dealloc;
  buffer_type.tp_as_buffer = &buffer_slots;
  buffer_type.tp_as_mapping = &mapping;
  buffer_type.tp_as_sequence = &sequence;
  finish_type(module, buffer_type,
              {"mpi4py.MPI.buffer", "Buffer.", methods(), properties(), nullptr, false});
  succeed(PyObject_SetAttrString(module, "memory", reinterpret_cast<PyObject*>(&buffer_type)));
  add_memory_functions(module);
}

}  // namespace pylaunch::mpi
