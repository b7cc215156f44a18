// SPDX-License-Identifier: BSD-3-Clause
#include "arguments.hpp"

#include <cstring>

namespace pylaunch::mpi {

long long converted_integer(PyObject* object, long long lowest, long long highest) {
  // Like mpi4py, take whatever converts to an integer without parsing: also numpy integers, arrays
  // of one number, and floats, since ranks computed with `size / 2` are out there.
  int overflow = 0;
  const PyNumberMethods* number = Py_TYPE(object)->tp_as_number;
  const bool converts = number != nullptr && number->nb_int != nullptr;
  Ref index = own(converts ? PyNumber_Long(object) : PyNumber_Index(object));
  const long long value = PyLong_AsLongLongAndOverflow(index.get(), &overflow);
  if (value == -1 && PyErr_Occurred() != nullptr) {
    throw PythonError{};
  }
  if (overflow != 0 || value < lowest || value > highest) {
    fail(PyExc_OverflowError, "value %R is out of range: expecting %lld to %lld", object, lowest,
         highest);
  }
  return value;
}

unsigned long bits_argument(PyObject* object) {
  Ref index = own(PyNumber_Index(object));
  const unsigned long value = PyLong_AsUnsignedLong(index.get());
  if (value == static_cast<unsigned long>(-1) && PyErr_Occurred() != nullptr) {
    throw PythonError{};
  }
  return value;
}

bool flag_argument(PyObject* object) { return succeed(PyObject_IsTrue(object)) != 0; }

Text Argument<Text>::from(PyObject* object) {
  const char* text = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_Check(object)) {
    text = PyBytes_AS_STRING(object);
    size = PyBytes_GET_SIZE(object);
  } else if (PyUnicode_Check(object)) {
    text = PyUnicode_AsUTF8AndSize(object, &size);
  } else {
    fail(PyExc_TypeError, "expecting a string, got %.200s", Py_TYPE(object)->tp_name);
  }
  if (text == nullptr) {
    throw PythonError{};
  }
  if (std::strlen(text) != static_cast<std::size_t>(size)) {
    fail(PyExc_ValueError, "embedded null character");
  }
  return {text};
}

namespace {

// Position of the parameter that `keyword` names, or `count`.
std::size_t find_parameter(const Signature& signature, PyObject* keyword) {
  for (std::size_t index = 0; index < signature.count; ++index) {
    if (signature.names[index] == keyword) {
      return index;
    }
  }
  for (std::size_t index = 0; index < signature.count; ++index) {
    if (PyUnicode_Compare(signature.names[index], keyword) == 0) {
      return index;
    }
  }
  return signature.count;
}

}  // namespace

void bind(const Signature& signature, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
          PyObject** given) {
  if (nargs > static_cast<Py_ssize_t>(signature.count)) {
    fail(PyExc_TypeError, "%s() takes at most %zd arguments (%zd given)", signature.method,
         static_cast<Py_ssize_t>(signature.count), nargs);
  }
  std::copy_n(args, nargs, given);
  const Py_ssize_t keywords = kwnames == nullptr ? 0 : PyTuple_GET_SIZE(kwnames);
  for (Py_ssize_t index = 0; index < keywords; ++index) {
    PyObject* keyword = PyTuple_GET_ITEM(kwnames, index);
    const std::size_t position = find_parameter(signature, keyword);
    if (position == signature.count) {
      fail(PyExc_TypeError, "%s() got an unexpected keyword argument %R", signature.method,
           keyword);
    }
    if (given[position] != nullptr) {
      fail(PyExc_TypeError, "%s() got multiple values for argument %R", signature.method, keyword);
    }
    given[position] = args[nargs + index];
  }
  for (std::size_t index = 0; index < signature.required; ++index) {
    if (given[index] == nullptr) {
      fail(PyExc_TypeError, "%s() missing required argument %R", signature.method,
           signature.names[index]);
    }
  }
}

bool is_integral(PyObject* object) {
  if (!PyIndex_Check(object)) {
    return false;
  }
  if (!PySequence_Check(object)) {
    return true;
  }
  // numpy scalars and 0-d arrays pretend to be sequences, but have no length.
  if (PySequence_Size(object) >= 0) {
    return false;
  }
  PyErr_Clear();
  Ref index(PyNumber_Index(object));
  PyErr_Clear();
  return static_cast<bool>(index);
}

long long exact_integer(PyObject* object, long long lowest, long long highest) {
  Ref index = own(PyNumber_Index(object));
  return integer_argument(index.get(), lowest, highest);
}

void require_items(std::size_t expected, Py_ssize_t got) {
  if (got != static_cast<Py_ssize_t>(expected)) {
    fail(PyExc_ValueError, "expecting %zd items, got %zd", static_cast<Py_ssize_t>(expected), got);
  }
}

Ref path_argument(PyObject* path) {
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(path, static_cast<void*>(&bytes)) == 0) {
    throw PythonError{};
  }
  return Ref(bytes);
}

}  // namespace pylaunch::mpi
