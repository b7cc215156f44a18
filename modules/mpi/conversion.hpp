// SPDX-License-Identifier: BSD-3-Clause
// Between Python objects and C++ values: arguments, results, sequences.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "python.hpp"

namespace pylaunch::mpi {

// ---- converting one argument: specialise Argument<T> for a new parameter type -----------------

template <class Type>
struct Argument;

// An address or handle: as `handle` gives it, which is no negative number.
unsigned long bits_argument(PyObject* object);
long long converted_integer(PyObject* object, long long lowest, long long highest);
bool flag_argument(PyObject* object);

inline long long integer_argument(PyObject* object, long long lowest, long long highest) {
  if (PyLong_CheckExact(object)) [[likely]] {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0 && value >= lowest && value <= highest) [[likely]] {
      return value;
    }
  }
  return converted_integer(object, lowest, highest);
}

template <class Type>
requires std::is_integral_v<Type>
struct Argument<Type> {
  static constexpr bool optional = false;
  static Type from(PyObject* object) {
    if constexpr (std::is_same_v<Type, bool>) {
      return flag_argument(object);
    } else if constexpr (std::is_same_v<Type, unsigned long>) {
      return bits_argument(object);
    } else {
      return static_cast<Type>(integer_argument(object, std::numeric_limits<Type>::min(),
                                                std::numeric_limits<Type>::max()));
    }
  }
};

// An integer that may be left out.
template <auto Default>
struct Int {
  decltype(Default) value;
  operator decltype(Default)() const { return value; }
};
template <auto Default>
struct Argument<Int<Default>> {
  static constexpr bool optional = true;
  static constexpr auto default_value = Default;
  static constexpr const char* annotation = "int";
  static Int<Default> from(PyObject* object) {
    using Type = std::remove_const_t<decltype(Default)>;
    return {object == nullptr ? Default : Argument<Type>::from(object)};
  }
};

template <>
struct Argument<PyObject*> {
  static constexpr bool optional = false;
  static PyObject* from(PyObject* object) { return object; }
};

// An object that may be left out, which means None.
struct Optional {
  PyObject* object;
  operator PyObject*() const { return object; }
  bool is_none() const { return object == Py_None; }
};
template <>
struct Argument<Optional> {
  static constexpr bool optional = true;
  static Optional from(PyObject* object) { return {object == nullptr ? Py_None : object}; }
};

// A str (or bytes) as a C string; valid as long as the argument.
struct Text {
  const char* text;
};
template <>
struct Argument<Text> {
  static constexpr bool optional = false;
  static constexpr const char* annotation = "str";
  static Text from(PyObject* object);
};

// ---- converting the result ---------------------------------------------------------------------

inline PyObject* to_python(Ref result) { return result.release(); }
inline PyObject* to_python(PyObject* result) { return result; }
inline PyObject* to_python(bool result) { return PyBool_FromLong(result); }
inline PyObject* to_python(int result) { return PyLong_FromLong(result); }
inline PyObject* to_python(long result) { return PyLong_FromLong(result); }
inline PyObject* to_python(long long result) { return PyLong_FromLongLong(result); }
inline PyObject* to_python(unsigned long result) { return PyLong_FromUnsignedLong(result); }
inline PyObject* to_python(double result) { return PyFloat_FromDouble(result); }
inline PyObject* to_python(const std::string& result) {
  return PyUnicode_DecodeUTF8(result.data(), static_cast<Py_ssize_t>(result.size()), "replace");
}

// A tuple of converted values.
template <class... Values>
Ref tuple_of(Values&&... values) {
  Ref tuple = own(PyTuple_New(sizeof...(values)));
  Py_ssize_t index = 0;
  (PyTuple_SET_ITEM(tuple.get(), index++, own(to_python(std::forward<Values>(values))).release()),
   ...);
  return tuple;
}

template <class Iterator>
Ref list_of(Iterator begin, Iterator end) {
  Ref list = own(PyList_New(0));
  for (; begin != end; ++begin) {
    Ref item = own(to_python(*begin));
    succeed(PyList_Append(list.get(), item.get()));
  }
  return list;
}
template <class Container>
Ref list_of(const Container& values) {
  return list_of(values.begin(), values.end());
}

// ---- sequences ---------------------------------------------------------------------------------

// True for what counts as one integer (an index, but not a sequence such as a numpy array).
bool is_integral(PyObject* object);

// The integers of a sequence. The second form raises ValueError unless there are `expected`.
template <class Integer>
std::vector<Integer> integers(PyObject* sequence);
template <class Integer>
std::vector<Integer> integers(PyObject* sequence, std::size_t expected);

// Only what is an integer: a float among counts, or for one, is a mistake.
long long exact_integer(PyObject* object, long long lowest, long long highest);
template <class Integer>
Integer exact(PyObject* object) {
  return static_cast<Integer>(exact_integer(object, std::numeric_limits<Integer>::min(),
                                            std::numeric_limits<Integer>::max()));
}

void require_items(std::size_t expected, Py_ssize_t got);

template <class Integer>
std::vector<Integer> integers(PyObject* sequence) {
  const Py_ssize_t size = succeed(PySequence_Size(sequence));
  std::vector<Integer> values(static_cast<std::size_t>(size));
  for (Py_ssize_t index = 0; index < size; ++index) {
    Ref item = own(PySequence_GetItem(sequence, index));
    values[static_cast<std::size_t>(index)] = exact<Integer>(item.get());
  }
  return values;
}
template <class Integer>
std::vector<Integer> integers(PyObject* sequence, std::size_t expected) {
  auto values = integers<Integer>(sequence);
  require_items(expected, static_cast<Py_ssize_t>(values.size()));
  return values;
}

}  // namespace pylaunch::mpi
