// SPDX-License-Identifier: BSD-3-Clause
// Attributes with Python values and callbacks, of communicators, datatypes and windows
// (MPI-4.0, section 7.7).
#include "attributes.hpp"

#include <memory>

#include "comm.hpp"
#include "datatype.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

// What Create_keyval was given; owned by its registry entry and by each attribute that is set.
struct Keyval {
  Ref copy;
  Ref remove;
  bool raw = false;  // `nopython`: values are plain addresses
  int references = 1;
  int error = MPI_SUCCESS;  // of the last delete callback
};

void retain(Keyval* keyval) { ++keyval->references; }
void release(Keyval* keyval) {
  if (--keyval->references == 0) {
    delete keyval;
  }
}

template <class Object>
std::unordered_map<int, Keyval*>& registry() {
  static std::unordered_map<int, Keyval*> keyvals;
  return keyvals;
}

template <class Object>
Keyval* find(int key) {
  const auto found = registry<Object>().find(key);
  return found == registry<Object>().end() ? nullptr : found->second;
}

// MPI's functions for one class.
template <class Object>
struct Calls;
template <>
struct Calls<Comm> {
  static int get(MPI_Comm h, int k, void* v, int* f) { return MPI_Comm_get_attr(h, k, v, f); }
  static int set(MPI_Comm h, int k, void* v) { return MPI_Comm_set_attr(h, k, v); }
  static int remove(MPI_Comm h, int k) { return MPI_Comm_delete_attr(h, k); }
  template <class Copy, class Remove>
  static int create(Copy c, Remove r, int* k, void* s) {
    return MPI_Comm_create_keyval(c, r, k, s);
  }
  static int free(int* k) { return MPI_Comm_free_keyval(k); }
};
template <>
struct Calls<Datatype> {
  static int get(MPI_Datatype h, int k, void* v, int* f) { return MPI_Type_get_attr(h, k, v, f); }
  static int set(MPI_Datatype h, int k, void* v) { return MPI_Type_set_attr(h, k, v); }
  static int remove(MPI_Datatype h, int k) { return MPI_Type_delete_attr(h, k); }
  template <class Copy, class Remove>
  static int create(Copy c, Remove r, int* k, void* s) {
    return MPI_Type_create_keyval(c, r, k, s);
  }
  static int free(int* k) { return MPI_Type_free_keyval(k); }
};
template <>
struct Calls<Win> {
  static int get(MPI_Win h, int k, void* v, int* f) { return MPI_Win_get_attr(h, k, v, f); }
  static int set(MPI_Win h, int k, void* v) { return MPI_Win_set_attr(h, k, v); }
  static int remove(MPI_Win h, int k) { return MPI_Win_delete_attr(h, k); }
  template <class Copy, class Remove>
  static int create(Copy c, Remove r, int* k, void* s) {
    return MPI_Win_create_keyval(c, r, k, s);
  }
  static int free(int* k) { return MPI_Win_free_keyval(k); }
};

// ---- callbacks ---------------------------------------------------------------------------------

template <class Object>
Ref call(PyObject* function, typename Object::Handle handle, int key, PyObject* value) {
  Ref object = handle_from<Object>(&Object::type, handle);
  Ref number = own(to_python(key));
  PyObject* args[] = {object.get(), number.get(), value};
  Ref result(PyObject_Vectorcall(function, args, 3, nullptr));
  cast<Object>(object.get()).ob_mpi = Object::null();  // the callback may have kept the object
  return own(result.release());
}

Ref value_object(const Keyval& keyval, void* value) {
  return keyval.raw ? own(PyLong_FromVoidPtr(value)) : Ref::borrow(static_cast<PyObject*>(value));
}

template <class Object>
int on_copy(typename Object::Handle handle, int key, void* state, void* value, void* result,
            int* flag) {
  *flag = 0;
  if (Py_IsInitialized() == 0) {
    return MPI_SUCCESS;
  }
  WithGil locked;
  try {
    auto* keyval = static_cast<Keyval*>(state);
    if (keyval->copy.get() == Py_None) {
      return MPI_SUCCESS;
    }
    Ref copied = value_object(*keyval, value);
    if (keyval->copy.get() != Py_True) {
      copied = call<Object>(keyval->copy.get(), handle, key, copied.get());
      if (copied.get() == Py_NotImplemented) {
        return MPI_SUCCESS;
      }
    }
    void* stored = keyval->raw ? PyLong_AsVoidPtr(copied.get()) : copied.get();
    if (PyErr_Occurred() != nullptr) {
      throw PythonError{};
    }
    *static_cast<void**>(result) = stored;
    *flag = 1;
    if (!keyval->raw) {
      static_cast<void>(copied.release());
    }
    retain(keyval);
    return MPI_SUCCESS;
  } catch (const PythonError&) {
    return exception_to_error_code();
  }
}

template <class Object>
int on_delete(typename Object::Handle handle, int key, void* value, void* state) {
  if (Py_IsInitialized() == 0) {
    return MPI_SUCCESS;
  }
  WithGil locked;
  auto* keyval = static_cast<Keyval*>(state);
  keyval->error = MPI_SUCCESS;
  try {
    Ref object = value_object(*keyval, value);
    Ref stored(keyval->raw ? nullptr : static_cast<PyObject*>(value));
    if (keyval->remove.get() != Py_None) {
      call<Object>(keyval->remove.get(), handle, key, object.get());
    }
  } catch (const PythonError&) {
    keyval->error = exception_to_error_code();
  }
  release(keyval);
  return MPI_SUCCESS;
}

// ---- methods -----------------------------------------------------------------------------------

bool is_integer_attribute(int key) {
  return key == MPI_TAG_UB || key == MPI_IO || key == MPI_WTIME_IS_GLOBAL ||
         key == MPI_UNIVERSE_SIZE || key == MPI_APPNUM || key == MPI_LASTUSEDCODE;
}

// Window attributes are pointers to values, but for the base.
Ref window_attribute(int key, void* value) {
  if (key == MPI_WIN_SIZE) {
    return own(to_python(static_cast<long>(*static_cast<MPI_Aint*>(value))));
  }
  if (key == MPI_WIN_DISP_UNIT || key == MPI_WIN_CREATE_FLAVOR || key == MPI_WIN_MODEL) {
    return own(to_python(*static_cast<int*>(value)));
  }
  return {};
}

template <class Object>
Ref get_attribute(Object& self, int keyval) {
  void* value = nullptr;
  int found = 0;
  check(Calls<Object>::get(self.ob_mpi, keyval, static_cast<void*>(&value), &found));
  if (found == 0) {
    return Ref::borrow(Py_None);
  }
  if (value == nullptr) {
    return own(to_python(0));
  }
  if (std::is_same_v<Object, Comm> && is_integer_attribute(keyval)) {
    return own(to_python(*static_cast<int*>(value)));
  }
  if constexpr (std::is_same_v<Object, Win>) {
    if (Ref special = window_attribute(keyval, value)) {
      return special;
    }
  }
  const Keyval* state = find<Object>(keyval);
  return state != nullptr ? value_object(*state, value) : own(PyLong_FromVoidPtr(value));
}

template <class Object>
void set_attribute(Object& self, int keyval, PyObject* attrval) {
  Keyval* state = find<Object>(keyval);
  const bool python = state != nullptr && !state->raw;
  void* value = python ? attrval : PyLong_AsVoidPtr(attrval);
  if (PyErr_Occurred() != nullptr) {
    throw PythonError{};
  }
  check(Calls<Object>::set(self.ob_mpi, keyval, value));
  if (python) {
    Py_INCREF(attrval);
  }
  if (state != nullptr) {
    retain(state);
  }
}

template <class Object>
void delete_attribute(Object& self, int keyval) {
  Keyval* state = find<Object>(keyval);
  if (state == nullptr) {
    check(Calls<Object>::remove(self.ob_mpi, keyval));
    return;
  }
  retain(state);
  const int error = Calls<Object>::remove(self.ob_mpi, keyval);
  const int callback_error = std::exchange(state->error, MPI_SUCCESS);
  release(state);
  check(error);
  check(callback_error);
}

// Truth values stand for "always" and "never".
Ref callback_or_none(PyObject* function, bool true_is_meant) {
  const bool nothing = function == Py_False || (function == Py_True && !true_is_meant);
  return Ref::borrow(nothing ? Py_None : function);
}

template <class Object>
int create_keyval(PyTypeObject*, Optional copy_fn, Optional delete_fn, Int<0> nopython) {
  auto state = std::make_unique<Keyval>();
  state->copy = callback_or_none(copy_fn, true);
  state->remove = callback_or_none(delete_fn, false);
  state->raw = nopython != 0;
  int key = MPI_KEYVAL_INVALID;
  check(Calls<Object>::create(&on_copy<Object>, &on_delete<Object>, &key, state.get()));
  registry<Object>()[key] = state.release();
  return key;
}

template <class Object>
int free_keyval(PyTypeObject*, int keyval) {
  int key = keyval;
  check(Calls<Object>::free(&key));
  const auto found = registry<Object>().find(keyval);
  if (found != registry<Object>().end()) {
    release(found->second);
    registry<Object>().erase(found);
  }
  return key;
}

template <class Object>
std::vector<PyMethodDef> methods() {
  return {
      method<"Get_attr", &get_attribute<Object>, "keyval">(
          "Retrieve attribute value by key; None when it is not set."),
      method<"Set_attr", &set_attribute<Object>, "keyval", "attrval">(
          "Store attribute value associated with a key."),
      method<"Delete_attr", &delete_attribute<Object>, "keyval">(
          "Delete attribute value associated with a key."),
      method<"Create_keyval", &create_keyval<Object>, "copy_fn", "delete_fn", "nopython">(
          "Create a new attribute key."),
      method<"Free_keyval", &free_keyval<Object>, "keyval">("Free an attribute key."),
  };
}

}  // namespace

const std::vector<PyMethodDef>& attribute_methods_of_comm() {
  static const std::vector<PyMethodDef> table = methods<Comm>();
  return table;
}
const std::vector<PyMethodDef>& attribute_methods_of_datatype() {
  static const std::vector<PyMethodDef> table = methods<Datatype>();
  return table;
}
const std::vector<PyMethodDef>& attribute_methods_of_win() {
  static const std::vector<PyMethodDef> table = methods<Win>();
  return table;
}

}  // namespace pylaunch::mpi
