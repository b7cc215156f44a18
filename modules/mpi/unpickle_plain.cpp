// SPDX-License-Identifier: BSD-3-Clause
// Reads what pickle_plain.cpp writes; pickle reads everything else.
#include <bit>
#include <cstdint>
#include <cstring>

#include "pickle_plain.hpp"

namespace pylaunch::mpi {
namespace {

// Each function returns an empty reference for what it does not know, with no error set.
class Reader {
 public:
  Reader(const char* data, std::size_t size) : at_(data), left_(size) {}

  Ref object() {
    if (!next_is('\x80') || !next_is(4)) {
      return {};
    }
    Ref result = next_is('}') ? dict() : next_is(']') ? list() : next_is('(') ? tuple() : scalar();
    return next_is('.') && left_ == 0 ? std::move(result) : Ref();
  }

 private:
  bool next_is(char expected) {
    if (left_ == 0 || *at_ != expected) {
      return false;
    }
    skip(1);
    return true;
  }
  void skip(std::size_t size) {
    at_ += size;
    left_ -= size;
  }

  template <class Number>
  bool number(Number& value) {
    if (left_ < sizeof value) {
      return false;
    }
    unsigned char bytes[sizeof value];
    std::memcpy(bytes, at_, sizeof value);
    std::make_unsigned_t<Number> bits = 0;
    for (std::size_t index = sizeof value; index-- > 0;) {
      bits = static_cast<decltype(bits)>(bits << 8 | bytes[index]);
    }
    value = static_cast<Number>(bits);
    skip(sizeof value);
    return true;
  }

  template <class Number>
  Ref integer() {
    Number value = 0;
    return number(value) ? own(PyLong_FromLongLong(value)) : Ref();
  }

  Ref real() {
    std::uint64_t bits = 0;
    return number(bits) ? own(PyFloat_FromDouble(std::bit_cast<double>(__builtin_bswap64(bits))))
                        : Ref();
  }

  template <class Make>
  Ref text(Make make) {
    std::uint8_t size = 0;
    if (!number(size) || left_ < size) {
      return {};
    }
    Ref result(make(at_, size));
    if (!result) {
      PyErr_Clear();  // no UTF-8
    }
    skip(size);
    return result;
  }

  Ref scalar() {
    if (left_ == 0) {
      return {};
    }
    const char opcode = *at_;
    skip(1);
    switch (opcode) {
      case '\x8c':
        return text([](const char* data, Py_ssize_t size) {
          return PyUnicode_DecodeUTF8(data, size, nullptr);
        });
      case 'J': return integer<std::int32_t>();
      case 'G': return real();
      case 'N': return Ref::borrow(Py_None);
      case '\x88': return Ref::borrow(Py_True);
      case '\x89': return Ref::borrow(Py_False);
      case '\x8a': return next_is(sizeof(std::int64_t)) ? integer<std::int64_t>() : Ref();
      case 'C': return text(&PyBytes_FromStringAndSize);
      default: return {};
    }
  }

  Ref items(char last) {
    Ref result = own(PyList_New(0));
    while (!next_is(last)) {
      Ref item = scalar();
      if (!item) {
        return {};
      }
      succeed(PyList_Append(result.get(), item.get()));
    }
    return result;
  }
  Ref list() { return next_is('(') ? items('e') : Ref(); }
  Ref tuple() {
    Ref values = items('t');
    return values ? own(PyList_AsTuple(values.get())) : Ref();
  }

  Ref dict() {
    if (!next_is('(')) {
      return {};
    }
    Ref result = own(PyDict_New());
    while (!next_is('u')) {
      Ref key = scalar();
      Ref value = key ? scalar() : Ref();
      if (!value) {
        return {};
      }
      succeed(PyDict_SetItem(result.get(), key.get(), value.get()));
    }
    return result;
  }

  const char* at_;
  std::size_t left_;
};

}  // namespace

Ref plain_unpickle(const char* data, std::size_t size) { return Reader(data, size).object(); }

}  // namespace pylaunch::mpi
