// SPDX-License-Identifier: BSD-3-Clause
// Info as a mapping of strings to strings.
#include <cstring>

#include "info.hpp"

namespace pylaunch::mpi {

namespace {

bool is_null(const Info& self) { return self.ob_mpi == MPI_INFO_NULL; }

Ref get_value(Info& self, const char* key) {
  int found = 0;
  std::string value(MPI_MAX_INFO_VAL + 1, '\0');
#if MPI_VERSION >= 4
  int size = MPI_MAX_INFO_VAL;
  check(MPI_Info_get_string(self.ob_mpi, key, &size, value.data(), &found));
#else
  check(MPI_Info_get(self.ob_mpi, key, MPI_MAX_INFO_VAL, value.data(), &found));
#endif
  value.resize(std::strlen(value.c_str()));
  return found != 0 ? own(to_python(value)) : Ref::borrow(Py_None);
}

void set_objects(Info& self, PyObject* key, PyObject* value) {
  set_info_item(self, Argument<Text>::from(key), Argument<Text>::from(value));
}

}  // namespace

Ref get_info_item(Info& self, Text key) { return get_value(self, key.text); }
void set_info_item(Info& self, Text key, Text value) {
  check(MPI_Info_set(self.ob_mpi, key.text, value.text));
}
void delete_info_item(Info& self, Text key) { check(MPI_Info_delete(self.ob_mpi, key.text)); }

int info_key_count(Info& self) {
  int count = 0;
  check(MPI_Info_get_nkeys(self.ob_mpi, &count));
  return count;
}

std::string nth_info_key(Info& self, int n) {
  char key[MPI_MAX_INFO_KEY + 1] = {};
  check(MPI_Info_get_nthkey(self.ob_mpi, n, key));
  return key;
}

void fill_info(Info& self, PyObject* items) {
  Ref keys_method(PyObject_GetAttrString(items, "keys"));
  PyErr_Clear();
  Ref source = keys_method ? own(PyObject_CallNoArgs(keys_method.get())) : Ref::borrow(items);
  Ref iterator = own(PyObject_GetIter(source.get()));
  while (PyObject* next = PyIter_Next(iterator.get())) {
    Ref item(next);
    if (keys_method) {
      Ref value = own(PyObject_GetItem(items, item.get()));
      set_objects(self, item.get(), value.get());
    } else {
      Ref pair = own(PySequence_Tuple(item.get()));
      require_items(2, PyTuple_GET_SIZE(pair.get()));
      set_objects(self, PyTuple_GET_ITEM(pair.get(), 0), PyTuple_GET_ITEM(pair.get(), 1));
    }
  }
  if (PyErr_Occurred() != nullptr) {
    throw PythonError{};
  }
}

namespace {

[[noreturn]] void fail_key(PyObject* key) {
  PyErr_SetObject(PyExc_KeyError, key);
  throw PythonError{};
}

bool contains(Info& self, PyObject* key) {
  return !is_null(self) && get_info_item(self, Argument<Text>::from(key)).get() != Py_None;
}

Ref keys(Info& self) {
  std::vector<std::string> names;
  for (int n = 0, count = is_null(self) ? 0 : info_key_count(self); n < count; ++n) {
    names.push_back(nth_info_key(self, n));
  }
  return list_of(names);
}

template <bool with_keys>
Ref values(Info& self) {
  Ref list = own(PyList_New(0));
  for (int n = 0, count = is_null(self) ? 0 : info_key_count(self); n < count; ++n) {
    const std::string key = nth_info_key(self, n);
    Ref value = get_value(self, key.c_str());
    Ref item = with_keys ? tuple_of(key, std::move(value)) : std::move(value);
    succeed(PyList_Append(list.get(), item.get()));
  }
  return list;
}

Ref get(Info& self, PyObject* key, Optional fallback) {
  if (is_null(self)) {
    return Ref::borrow(fallback);
  }
  Ref value = get_info_item(self, Argument<Text>::from(key));
  return value.get() == Py_None ? Ref::borrow(fallback) : std::move(value);
}

PyObject* update(PyObject* object, PyObject* args, PyObject* kwds) {
  return guarded([&]() -> PyObject* {
    Info& self = cast<Info>(object);
    PyObject* items = nullptr;
    if (PyArg_ParseTuple(args, "|O:update", &items) == 0) {
      throw PythonError{};
    }
    if (is_null(self)) {
      fail_key(Py_None);
    }
    if (items != nullptr) {
      fill_info(self, items);
    }
    if (kwds != nullptr) {
      fill_info(self, kwds);
    }
    Py_RETURN_NONE;
  });
}

PyObject* pop(PyObject* object, PyObject* args) {
  return guarded([&] {
    Info& self = cast<Info>(object);
    PyObject* key = nullptr;
    PyObject* fallback = nullptr;
    if (PyArg_ParseTuple(args, "O|O:pop", &key, &fallback) == 0) {
      throw PythonError{};
    }
    if (contains(self, key)) {
      Ref value = get_info_item(self, Argument<Text>::from(key));
      delete_info_item(self, Argument<Text>::from(key));
      return value.release();
    }
    if (fallback == nullptr) {
      fail_key(key);
    }
    return Ref::borrow(fallback).release();
  });
}

Ref pop_item(Info& self) {
  const int count = is_null(self) ? 0 : info_key_count(self);
  if (count == 0) {
    fail_key(Py_None);
  }
  const std::string key = nth_info_key(self, count - 1);
  Ref value = get_value(self, key.c_str());
  delete_info_item(self, {key.c_str()});
  return tuple_of(key, std::move(value));
}

Ref copy(Info& self) {
  return is_null(self) ? new_handle<Info>(Py_TYPE(self.as_object()), MPI_INFO_NULL)
                       : duplicate_info(self);
}

void clear(Info& self) {
  for (int left = is_null(self) ? 0 : info_key_count(self); left > 0; --left) {
    delete_info_item(self, {nth_info_key(self, 0).c_str()});
  }
}

Py_ssize_t length(PyObject* object) {
  try {
    Info& self = cast<Info>(object);
    return is_null(self) ? 0 : info_key_count(self);
  } catch (const PythonError&) {
    return -1;
  }
}

PyObject* subscript(PyObject* object, PyObject* key) {
  return guarded([&] {
    Info& self = cast<Info>(object);
    if (!contains(self, key)) {
      fail_key(key);
    }
    return get_info_item(self, Argument<Text>::from(key)).release();
  });
}

int assign_subscript(PyObject* object, PyObject* key, PyObject* value) {
  try {
    Info& self = cast<Info>(object);
    if (is_null(self) || (value == nullptr && !contains(self, key))) {
      fail_key(key);
    }
    if (value == nullptr) {
      delete_info_item(self, Argument<Text>::from(key));
    } else {
      set_objects(self, key, value);
    }
    return 0;
  } catch (const PythonError&) {
    return -1;
  }
}

int has_key(PyObject* object, PyObject* key) {
  try {
    return contains(cast<Info>(object), key) ? 1 : 0;
  } catch (const PythonError&) {
    return -1;
  }
}

PyObject* iterate(PyObject* object) {
  return guarded([&] {
    Ref list = keys(cast<Info>(object));
    return PyObject_GetIter(list.get());
  });
}

}  // namespace

Ref info_items(Info& self) { return values<true>(self); }

const std::vector<PyMethodDef>& info_mapping_methods() {
  static const std::vector<PyMethodDef> table{
      method<"get", &get, "key", "default">("Retrieve value by key."),
      method<"keys", &keys>("Return list of keys."),
      method<"values", &values<false>>("Return list of values."),
      method<"items", &values<true>>("Return list of items."),
      {"update", as_c_function(&update), METH_VARARGS | METH_KEYWORDS,
       "update(self, items=(), **more)\nUpdate contents."},
      {"pop", &pop, METH_VARARGS, "pop(self, key, default=...)\nPop value by key."},
      method<"popitem", &pop_item>("Pop the last item."),
      method<"copy", &copy>("Copy contents."),
      method<"clear", &clear>("Clear contents."),
  };
  return table;
}

void set_mapping_slots(PyTypeObject& type) {
  static PyMappingMethods mapping{&length, &subscript, &assign_subscript};
  static PySequenceMethods sequence{};
  sequence.sq_contains = &has_key;
  type.tp_as_mapping = &mapping;
  type.tp_as_sequence = &sequence;
  type.tp_iter = &iterate;
}

}  // namespace pylaunch::mpi
