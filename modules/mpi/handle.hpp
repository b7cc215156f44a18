// SPDX-License-Identifier: BSD-3-Clause
// What all handle classes have in common: making, copying, comparing, serialising, and arguments.
#pragma once

#include <cstddef>
#include <cstring>
#include <unordered_map>

#include "arguments.hpp"
#include "handle_arguments.hpp"
#include "objects.hpp"

namespace pylaunch::mpi {

// ---- predefined handles ------------------------------------------------------------------------

struct Predefined {
  PyObject* object;
  const char* name;
};

// The predefined handles of one class, by handle value.
template <class Object>
std::unordered_map<std::uintptr_t, Predefined>& predefined_registry() {
  static std::unordered_map<std::uintptr_t, Predefined> registry;
  return registry;
}

template <class Object>
bool is_named(typename Object::Handle handle) {
  return predefined_registry<FamilyOf<Object>>().contains(handle_value(handle));
}

// Also the datatypes that MPI predefines on demand (Fortran's parametrised kinds).
template <class Object>
bool is_predefined(typename Object::Handle handle) {
  return is_named<Object>(handle);
}
template <>
bool is_predefined<Datatype>(MPI_Datatype handle);

// ---- making ------------------------------------------------------------------------------------

// Memory for an object of exactly this class, zeroed but for its header; tp_alloc does the same for
// classes whose size it has to ask for.
template <class Object>
Ref allocate() {
  auto* object = PyObject_New(Object, &Object::type);
  Ref result = own(reinterpret_cast<PyObject*>(object));
  std::memset(reinterpret_cast<char*>(object) + sizeof(PyObject), 0,
              sizeof(Object) - sizeof(PyObject));
  return result;
}

// A new object of `type` (a subtype of Object's) that refers to `handle`.
template <class Object>
Ref new_handle(PyTypeObject* type, typename Object::Handle handle) {
  Ref object;
  if (type == &Object::type) [[likely]] {
    object = allocate<Object>();
  } else {
    Ref no_arguments = own(PyTuple_New(0));
    object = own(type->tp_new(type, no_arguments.get(), nullptr));
  }
  Object& self = cast<Object>(object.get());
  self.flags |= kReady;
  self.ob_mpi = handle;
  return object;
}
template <class Object>
Ref new_handle(typename Object::Handle handle) {
  return new_handle<Object>(&Object::type, handle);
}
// A null handle that an MPI call is about to fill in.
template <class Object>
Ref new_handle() {
  return new_handle<Object>(&Object::type, FamilyOf<Object>::null());
}

// The only argument of a constructor, null when there is none: an object of `type`, or None. Its
// name is the type's in lower case.
PyObject* optional_argument(const char* name, PyTypeObject* type, PyObject* args, PyObject* kwds);

// tp_new: Class() is the null handle, Class(other) another object for the same handle.
template <class Object>
PyObject* handle_new(PyTypeObject* type, PyObject* args, PyObject* kwds) noexcept {
  using Family = FamilyOf<Object>;
  return guarded([&]() -> PyObject* {
    PyObject* source = optional_argument(type->tp_name, &Family::type, args, kwds);
    Ref object = own(type->tp_alloc(type, 0));
    Family& self = cast<Family>(object.get());
    self.flags |= kReady;
    self.ob_mpi = Family::null();
    if (source != nullptr) {
      Family& other = cast<Family>(source);
      self.ob_mpi = other.ob_mpi;
      if constexpr (requires { self.ob_buf; }) {
        self.ob_buf = Ref::borrow(other.ob_buf).release();
      }
      if constexpr (requires { self.ob_mem; }) {
        self.ob_mem = Ref::borrow(other.ob_mem).release();
      }
      if constexpr (std::is_same_v<Family, Op>) {
        self.flags |= other.flags & 0xFF000000u;  // which Python callable it runs
      }
    }
    return object.release();
  });
}

void free_temporary(Datatype& self);

template <class Object>
void handle_dealloc(PyObject* object) noexcept {
  Object& self = cast<Object>(object);
  if (self.weakreflist != nullptr) {
    PyObject_ClearWeakRefs(object);
  }
  if constexpr (std::is_same_v<Object, Datatype>) {
    if ((self.flags & kTemporary) != 0) {
      free_temporary(self);
    }
  }
  if constexpr (requires { self.ob_buf; }) {
    Py_CLEAR(self.ob_buf);
  }
  if constexpr (requires { self.ob_mem; }) {
    Py_CLEAR(self.ob_mem);
  }
  Py_TYPE(object)->tp_free(object);
}

// ---- comparing ---------------------------------------------------------------------------------

PyObject* compare_equality(PyObject* self, bool equal, int operation) noexcept;

template <class Object>
PyObject* handle_compare(PyObject* left, PyObject* right, int operation) noexcept {
  if (!is_instance<Object>(right)) {
    Py_RETURN_NOTIMPLEMENTED;
  }
  return compare_equality(left, cast<Object>(left).ob_mpi == cast<Object>(right).ob_mpi, operation);
}

template <class Object>
int handle_is_not_null(PyObject* object) noexcept {
  return cast<Object>(object).ob_mpi != Object::null();
}

// ---- methods that every handle class has -------------------------------------------------------

template <class Object>
unsigned long handle_get(Object& self) {
  return handle_value(self.ob_mpi);
}

template <class Object>
Ref handle_from(PyTypeObject* type, typename Object::Handle handle);

template <class Object>
Ref handle_fromhandle(PyTypeObject* type, unsigned long value) {
  return handle_from<Object>(type, handle_from_value<typename Object::Handle>(value));
}

// `free`: like the class's own Free, but harmless on null and predefined handles.
template <class Object>
void handle_free(Object& self) {
  if ((self.flags & kConstant) != 0 || self.ob_mpi == Object::null()) {
    return;
  }
  const bool outlives_mpi =
      MPI_VERSION >= 4 && (std::is_same_v<Object, Info> || std::is_same_v<Object, Session> ||
                           std::is_same_v<Object, Errhandler>);
  if ((!outlives_mpi && !mpi_is_active()) ||
      (!std::is_same_v<Object, Errhandler> && is_predefined<Object>(self.ob_mpi))) {
    self.ob_mpi = Object::null();
    return;
  }
  Object::free(self);
}

// MPI's free functions null the handle; a predefined object must stay what it is.
template <class Object, class Free>
void free_and_keep_constants(Object& self, Free free) {
  auto handle = self.ob_mpi;
  check(free(&handle));
  if ((self.flags & kConstant) == 0) {
    self.ob_mpi = handle;
  }
}

Ref reduce_to_copy(PyObject* self, PyObject* predefined);

// __reduce__ of predefined handles: the module's name for it, or a copy of that object.
template <class Object>
Ref handle_reduce(Object& self) {
  const auto& registry = predefined_registry<Object>();
  const auto found = registry.find(handle_value(self.ob_mpi));
  if (found == registry.end()) {
    fail(PyExc_ValueError, "cannot serialize '%s' instance", Py_TYPE(self.as_object())->tp_name);
  }
  if (found->second.object == self.as_object()) {
    return own(PyUnicode_FromString(found->second.name));
  }
  return reduce_to_copy(self.as_object(), found->second.object);
}

template <class Object>
long handle_to_integer(Object& self) {
  return Object::to_fortran(self.ob_mpi);
}

template <class Object>
Ref handle_from_integer(PyTypeObject* type, MPI_Fint value) {
  return handle_from<Object>(type, Object::from_fortran(value));
}

template <class Object>
Ref handle_from(PyTypeObject*, typename Object::Handle handle) {
  return new_handle<Object>(handle);
}
template <>
Ref handle_from<Comm>(PyTypeObject* type, MPI_Comm handle);
template <>
Ref handle_from<Request>(PyTypeObject* type, MPI_Request handle);

// The entries of the method table that are the same everywhere.
#define PYLAUNCH_HANDLE_METHODS(Object)                                                   \
  method<"__reduce__", &handle_reduce<Object>>("Return what pickle needs."),              \
      method<"fromhandle", &handle_fromhandle<Object>, "handle">(                         \
          "Create object from MPI handle."),                                              \
      method<"free", &handle_free<Object>>("Call `Free` if not null or predefined."),     \
      method<"toint", &handle_to_integer<Object>>("Translate object to integer handle."), \
      method<"fromint", &handle_from_integer<Object>, "arg">(                             \
          "Translate integer handle to object."),                                         \
      method<"py2f", &handle_to_integer<Object>>("Translate object to Fortran handle."),  \
      method<"f2py", &handle_from_integer<Object>, "arg">("Translate Fortran handle to object.")

#define PYLAUNCH_HANDLE_PROPERTY(Object) property<&handle_get<Object>>("handle", "MPI handle.")

// ---- types -------------------------------------------------------------------------------------

struct TypeDescription {
  const char* name;  // with the module: "mpi4py.MPI.Comm"
  const char* doc;
  PyMethodDef* methods = nullptr;
  PyGetSetDef* properties = nullptr;
  PyTypeObject* base = nullptr;
  bool subclassable = true;
};

// Fills in the slots that do not depend on the class, and adds the class to the module.
void finish_type(PyObject* module, PyTypeObject& type, const TypeDescription& description);

template <class Object>
PyNumberMethods& handle_number_slots() {
  static PyNumberMethods slots = [] {
    PyNumberMethods methods{};
    methods.nb_bool = &handle_is_not_null<Object>;
    return methods;
  }();
  return slots;
}

// A class of handles. `make_new` when the class checks what it wraps.
template <class Object>
void define_handle_type(PyObject* module, const TypeDescription& description,
                        newfunc make_new = &handle_new<Object>) {
  using Family = FamilyOf<Object>;
  PyTypeObject& type = Object::type;
  type.tp_basicsize = sizeof(Object);
  type.tp_weaklistoffset = offsetof(HandleObject<typename Family::Handle>, weakreflist);
  type.tp_new = make_new;
  type.tp_dealloc = &handle_dealloc<Family>;
  type.tp_richcompare = &handle_compare<Family>;
  type.tp_as_number = &handle_number_slots<Family>();
  finish_type(module, type, description);
}

// A predefined handle under its name in the module; null handles are added, but only the first
// name of a handle is the one that pickle uses.
template <class Object>
Ref define_constant(PyObject* module, const char* name, typename FamilyOf<Object>::Handle handle) {
  using Family = FamilyOf<Object>;
  Ref object = new_handle<Object>(handle);
  cast<Family>(object.get()).flags |= kConstant;
  predefined_registry<Family>().try_emplace(handle_value(handle), Predefined{object.get(), name});
  succeed(PyObject_SetAttrString(module, name, object.get()));
  Py_INCREF(object.get());  // the registry's
  return object;
}

}  // namespace pylaunch::mpi
