// SPDX-License-Identifier: BSD-3-Clause
// The opcodes are those of CPython's Lib/pickletools.py. There is no frame and no memo: both may be
// left out, and what is inside a container here is immutable, so that sharing it makes no
// difference.
#include "pickle_plain.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pylaunch::mpi {
namespace {

constexpr std::size_t kMostBytes = 512;
constexpr Py_ssize_t kMostItems = 64;

template <class Number>
Number little_endian(Number value) {
  if constexpr (std::endian::native == std::endian::little) {
    return value;
  } else if constexpr (sizeof value == 8) {
    return static_cast<Number>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
  } else {
    return static_cast<Number>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  }
}

// Each function returns false when the object is not plain, or there is no room for it.
class Writer {
 public:
  bool object(PyObject* object) {
    if (PyDict_CheckExact(object)) {
      return dict(object);
    }
    if (PyTuple_CheckExact(object) || PyList_CheckExact(object)) {
      return sequence(object);
    }
    return scalar(object);
  }

  bool code(char opcode) { return bytes(&opcode, 1); }

  Ref result() const {
    return own(PyBytes_FromStringAndSize(text_, static_cast<Py_ssize_t>(used_)));
  }

 private:
  bool bytes(const void* data, std::size_t size) {
    if (size > kMostBytes - used_) {
      return false;
    }
    std::memcpy(text_ + used_, data, size);
    used_ += size;
    return true;
  }

  template <class Number>
  bool number(char opcode, Number value) {
    const Number swapped = little_endian(value);
    return code(opcode) && bytes(&swapped, sizeof swapped);
  }

  bool integer(PyObject* object) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow != 0) {
      return false;
    }
    if (value >= INT32_MIN && value <= INT32_MAX) {
      return number('J', static_cast<std::int32_t>(value));
    }
    return code('\x8a') && number(sizeof value, value);  // LONG1: the number of bytes, the bytes
  }

  // BINFLOAT, unlike the integers, is big-endian.
  bool real(double value) {
    return number('G', __builtin_bswap64(std::bit_cast<std::uint64_t>(value)));
  }

  // A length of one byte, then the text.
  bool text(char opcode, const char* data, Py_ssize_t size) {
    return size < 256 && code(opcode) && code(static_cast<char>(size)) &&
           bytes(data, static_cast<std::size_t>(size));
  }

  bool unicode(PyObject* object) {
    Py_ssize_t size = 0;
    const char* utf8 = PyUnicode_AsUTF8AndSize(object, &size);
    if (utf8 == nullptr) {
      PyErr_Clear();  // lone surrogates
      return false;
    }
    return text('\x8c', utf8, size);
  }

  bool scalar(PyObject* object) {
    if (PyUnicode_CheckExact(object)) {
      return unicode(object);
    }
    if (PyLong_CheckExact(object)) {
      return integer(object);
    }
    if (PyFloat_CheckExact(object)) {
      return real(PyFloat_AS_DOUBLE(object));
    }
    if (object == Py_None) {
      return code('N');
    }
    if (PyBool_Check(object)) {
      return code(object == Py_True ? '\x88' : '\x89');
    }
    return PyBytes_CheckExact(object) &&
           text('C', PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object));
  }

  bool sequence(PyObject* object) {
    const bool is_list = PyList_CheckExact(object);
    const Py_ssize_t size = PySequence_Fast_GET_SIZE(object);
    if (size > kMostItems || (is_list && !code(']')) || !code('(')) {
      return false;
    }
    PyObject** items = PySequence_Fast_ITEMS(object);
    for (Py_ssize_t index = 0; index < size; ++index) {
      if (!scalar(items[index])) {
        return false;
      }
    }
    return code(is_list ? 'e' : 't');
  }

  bool dict(PyObject* object) {
    if (PyDict_GET_SIZE(object) > kMostItems || !code('}') || !code('(')) {
      return false;
    }
    Py_ssize_t position = 0;
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    while (PyDict_Next(object, &position, &key, &value) != 0) {
      if (!scalar(key) || !scalar(value)) {
        return false;
      }
    }
    return code('u');
  }

  char text_[kMostBytes];
  std::size_t used_ = 0;
};

}  // namespace

Ref plain_pickle(PyObject* object) {
  Writer writer;
  const bool is_written =
      writer.code('\x80') && writer.code(4) && writer.object(object) && writer.code('.');
  return is_written ? writer.result() : Ref();
}

}  // namespace pylaunch::mpi
