// SPDX-License-Identifier: BSD-3-Clause
#include "special.hpp"

#include "handle.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyObject* bottom_object = nullptr;
PyObject* in_place_object = nullptr;
PyObject* buffer_automatic_object = nullptr;

namespace {

struct SpecialAddress {
  PyObject_HEAD void* address;
};

PyTypeObject bottom_type{};
PyTypeObject in_place_type{};
PyTypeObject buffer_automatic_type{};

struct Special {
  PyTypeObject& type;
  const char* type_name;
  const char* type_doc;
  const char* name;
  void* address;
  PyObject*& object;
};

void* buffer_automatic_address() {
#ifdef MPI_BUFFER_AUTOMATIC
  return MPI_BUFFER_AUTOMATIC;
#else
  return nullptr;
#endif
}

const Special* specials() {
  static const Special table[] = {
      {bottom_type, "mpi4py.MPI.BottomType", "Type of `BOTTOM`.", "BOTTOM", MPI_BOTTOM,
       bottom_object},
      {in_place_type, "mpi4py.MPI.InPlaceType", "Type of `IN_PLACE`.", "IN_PLACE", MPI_IN_PLACE,
       in_place_object},
      {buffer_automatic_type, "mpi4py.MPI.BufferAutomaticType", "Type of `BUFFER_AUTOMATIC`.",
       "BUFFER_AUTOMATIC", buffer_automatic_address(), buffer_automatic_object},
  };
  return table;
}

long long address_of(PyObject* self) {
  return reinterpret_cast<long long>(cast<SpecialAddress>(self).address);
}

PyObject* as_integer(PyObject* self) { return PyLong_FromLongLong(address_of(self)); }
int is_nonzero(PyObject* self) { return address_of(self) != 0; }
Py_hash_t hash_value(PyObject* self) {
  const auto value = static_cast<Py_hash_t>(address_of(self));
  return value == -1 ? -2 : value;
}

const char* name_of(PyObject* self) {
  const Special* entry = specials();
  while (&entry->type != Py_TYPE(self)) {
    ++entry;
  }
  return entry->name;
}
PyObject* represent(PyObject* self) { return PyUnicode_FromString(name_of(self)); }
std::string reduce_to_name(PyObject* self) { return name_of(self); }

PyObject* compare(PyObject* self, PyObject* other, int operation) {
  return guarded([&]() -> PyObject* {
    const bool same_type = Py_TYPE(other) == Py_TYPE(self);
    if ((operation != Py_EQ && operation != Py_NE) || (!same_type && !is_integral(other))) {
      Py_RETURN_NOTIMPLEMENTED;
    }
    const bool equal = same_type || Argument<long long>::from(other) == address_of(self);
    return PyBool_FromLong(equal == (operation == Py_EQ));
  });
}

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  // No owner: MPI's addresses outlive everything.
  return PyBuffer_FillInfo(view, nullptr, cast<SpecialAddress>(self).address, 0, 0, flags);
}

PyObject* make(PyTypeObject* type, PyObject*, PyObject*) {
  PyObject* self = type->tp_alloc(type, 0);
  if (self != nullptr) {
    const Special* entry = specials();
    while (&entry->type != type) {
      ++entry;
    }
    cast<SpecialAddress>(self).address = entry->address;
  }
  return self;
}

void define(PyObject* module, const Special& entry) {
  static PyMethodDef methods[] = {
      method<"__reduce__", &reduce_to_name>("Return what pickle needs."),
      end_of_methods(),
  };
  static PyBufferProcs buffer{&get_buffer, nullptr};
  static PyNumberMethods number = [] {
    PyNumberMethods slots{};
    slots.nb_bool = &is_nonzero;
    slots.nb_int = &as_integer;
    return slots;
  }();
  static PyNumberMethods number_and_index = [] {
    PyNumberMethods slots = number;
    slots.nb_index = &as_integer;
    return slots;
  }();
  PyTypeObject& type = entry.type;
  type.tp_basicsize = sizeof(SpecialAddress);
  type.tp_new = &make;
  type.tp_repr = &represent;
  type.tp_hash = &hash_value;
  type.tp_richcompare = &compare;
  type.tp_as_buffer = &buffer;
  // Only BOTTOM is an address that one may compute with.
  type.tp_as_number = &type == &bottom_type ? &number_and_index : &number;
  finish_type(module, type, {entry.type_name, entry.type_doc, methods, nullptr, nullptr, false});
  Ref no_arguments = own(PyTuple_New(0));
  entry.object = own(make(&type, no_arguments.get(), nullptr)).release();
  succeed(PyObject_SetAttrString(module, entry.name, entry.object));
}

}  // namespace

void add_special_values(PyObject* module) {
  for (int index = 0; index < 3; ++index) {
    define(module, specials()[index]);
  }
}

}  // namespace pylaunch::mpi
