// SPDX-License-Identifier: BSD-3-Clause
// Memory of accelerators and of arrays without the buffer protocol: DLPack and the CUDA array
// interface. Only the address and the element type are looked at; what MPI can do with an address
// on a device is the MPI library's affair.
#include "device_buffer.hpp"

#include <cstdlib>
#include <cstring>

namespace pylaunch::mpi {

namespace {

bool has_attribute(PyObject* object, const char* name) {
  Ref attribute(PyObject_GetAttrString(object, name));
  PyErr_Clear();
  return static_cast<bool>(attribute);
}

// Element formats live as long as the process: a view refers to them. What has no name is bytes.
const char* lasting_format(char kind, long long bytes) {
  struct Format {
    char kind;
    int bytes;
    const char* format;
  };
  static const Format formats[] = {
      {'b', 1, "?"},   {'i', 1, "b"},  {'i', 2, "h"},  {'i', 4, "i"},  {'i', 8, "l"},
      {'u', 1, "B"},   {'u', 2, "H"},  {'u', 4, "I"},  {'u', 8, "L"},  {'f', 2, "e"},
      {'f', 4, "f"},   {'f', 8, "d"},  {'f', 16, "g"}, {'c', 8, "Zf"}, {'c', 16, "Zd"},
      {'c', 32, "Zg"}, {'c', 4, "Ze"},
  };
  for (const Format& entry : formats) {
    if (entry.kind == kind && entry.bytes == bytes) {
      return entry.format;
    }
  }
  return "B";
}

bool contiguous(const std::vector<long long>& shape, const std::vector<long long>& strides,
                bool reversed) {
  long long expected = 1;
  for (std::size_t step = 0; step < shape.size(); ++step) {
    const std::size_t index = reversed ? step : shape.size() - 1 - step;
    if (shape[index] == 0) {
      return true;
    }
    if (shape[index] > 1 && strides[index] != expected) {
      return false;
    }
    expected *= shape[index];
  }
  return true;
}

// `strides` counts elements; empty for row-major arrays.
void require_contiguous(const std::vector<long long>& shape,
                        const std::vector<long long>& strides) {
  if (!strides.empty() && !contiguous(shape, strides, false) && !contiguous(shape, strides, true)) {
    fail(PyExc_BufferError, "message: the array is not contiguous");
  }
}

long long elements(const std::vector<long long>& shape) {
  long long product = 1;
  for (long long extent : shape) {
    if (extent < 0) {
      fail(PyExc_BufferError, "message: the array has a negative dimension");
    }
    product *= extent;
  }
  return product;
}

struct Memory {
  void* address = nullptr;
  bool read_only = false;
};

// `data` of the interface: the address, and whether it is read-only.
Memory memory_of(PyObject* data) {
  if (!PyTuple_Check(data)) {
    fail(PyExc_TypeError, "__cuda_array_interface__: data must be a tuple");
  }
  require_items(2, PyTuple_GET_SIZE(data));
  PyObject* pointer = PyTuple_GET_ITEM(data, 0);
  Memory memory;
  memory.address = pointer == Py_None ? nullptr : PyLong_AsVoidPtr(pointer);
  if (PyErr_Occurred() != nullptr) {
    throw PythonError{};
  }
  memory.read_only = flag_argument(PyTuple_GET_ITEM(data, 1));
  return memory;
}

struct TypeString {
  char kind;
  long long item_bytes;
};

// Such as "<f8": byte order, kind, bytes.
TypeString parse_type(PyObject* text) {
  const char* code = Argument<Text>::from(text).text;
  constexpr char native_order = PY_BIG_ENDIAN ? '>' : '<';
  if (std::strlen(code) < 3) {
    fail(PyExc_BufferError, "__cuda_array_interface__: unexpected typestr '%.200s'", code);
  }
  if (code[0] != native_order && code[0] != '|' && code[0] != '=') {
    fail(PyExc_BufferError, "__cuda_array_interface__: '%.200s' is not of native byte order", code);
  }
  const long long item_bytes = std::atoll(code + 2);
  if (item_bytes <= 0) {
    fail(PyExc_ValueError, "__cuda_array_interface__: '%.200s' has no item size", code);
  }
  return {code[1], item_bytes};
}

// In elements; what is no multiple of them is -1, which fits no contiguous array.
std::vector<long long> parse_strides(PyObject* object, std::size_t dimensions,
                                     long long item_bytes) {
  auto strides = integers<long long>(object, dimensions);
  for (long long& stride : strides) {
    stride = stride % item_bytes == 0 ? stride / item_bytes : -1;
  }
  return strides;
}

void check_description(PyObject* description) {
  if (!PyList_Check(description)) {
    fail(PyExc_TypeError, "__cuda_array_interface__: descr must be a list");
  }
  if (PyList_GET_SIZE(description) != 1) {
    succeed(PyErr_WarnEx(PyExc_RuntimeWarning, "__cuda_array_interface__: ignoring descr", 1));
  }
}

void acquire_cuda_array(PyObject* object, Py_buffer& view, int flags) {
  Ref interface = own(PyObject_GetAttrString(object, "__cuda_array_interface__"));
  if (!PyDict_Check(interface.get())) {
    fail(PyExc_TypeError, "__cuda_array_interface__: expecting a dict");
  }
  const auto given = [&](const char* key) {
    PyObject* value = PyDict_GetItemString(interface.get(), key);
    return value == Py_None ? nullptr : value;
  };
  const auto required = [&](const char* key) {
    PyObject* value = PyDict_GetItemString(interface.get(), key);  // None: a TypeError
    if (value == nullptr) {
      fail(PyExc_KeyError, "__cuda_array_interface__ lacks '%s'", key);
    }
    return value;
  };
  if (given("mask") != nullptr) {
    fail(PyExc_BufferError, "__cuda_array_interface__: masks are not supported");
  }
  const Memory memory = memory_of(required("data"));
  const auto shape = integers<long long>(required("shape"));
  const TypeString type = parse_type(required("typestr"));
  std::vector<long long> strides;
  if (PyObject* object_strides = given("strides")) {
    strides = parse_strides(object_strides, shape.size(), type.item_bytes);
  }
  if (PyObject* description = given("descr")) {
    check_description(description);
  }
  fill_view(
      view,
      {object, memory.address, shape, strides, type.kind, type.item_bytes, memory.read_only, true},
      flags);
}

bool has_dlpack(PyObject* object) {
  return has_attribute(object, "__dlpack__") && has_attribute(object, "__dlpack_device__");
}

}  // namespace

void fill_view(Py_buffer& view, const DeviceArray& array, int flags) {
  const long long count = elements(array.shape);
  require_contiguous(array.shape, array.strides);
  if (array.read_only && (flags & PyBUF_WRITABLE) != 0) {
    fail(PyExc_BufferError, "message: the array is not writable");
  }
  view = Py_buffer{};
  view.buf = array.address;
  view.len = static_cast<Py_ssize_t>(count * array.item_bytes);
  view.itemsize = static_cast<Py_ssize_t>(array.item_bytes);
  view.readonly = array.read_only ? 1 : 0;
  view.format = const_cast<char*>(lasting_format(array.kind, array.item_bytes));
  view.ndim = 1;
  static char marker;
  view.internal = array.on_device ? &marker : nullptr;
  view.obj = Ref::borrow(array.owner).release();
}

bool has_device_buffer(PyObject* object) {
  return has_dlpack(object) || has_attribute(object, "__cuda_array_interface__");
}

void acquire_device_buffer_or_rethrow(PyObject* object, Py_buffer& view, int flags) {
  PendingError failure;
  if (has_dlpack(object)) {
    acquire_dlpack(object, view, flags);
  } else if (has_attribute(object, "__cuda_array_interface__")) {
    acquire_cuda_array(object, view, flags);
  } else {
    failure.raise();
  }
}

}  // namespace pylaunch::mpi
