// SPDX-License-Identifier: BSD-3-Clause
#include "handle.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string>

#include "docstrings.hpp"

namespace pylaunch::mpi {

bool mpi_is_active() {
  int initialized = 0;
  int finalized = 0;
  return MPI_Initialized(&initialized) == MPI_SUCCESS && initialized != 0 &&
         MPI_Finalized(&finalized) == MPI_SUCCESS && finalized == 0;
}

namespace {

// Whether the keyword is the name of the family of classes, in lower case: "comm" for Cartcomm.
bool names_family(PyObject* keyword, const PyTypeObject* type) {
  while (type->tp_base != &PyBaseObject_Type) {
    type = type->tp_base;
  }
  std::string name = std::strrchr(type->tp_name, '.') + 1;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char letter) { return std::tolower(letter); });
  return PyUnicode_CompareWithASCIIString(keyword, name.c_str()) == 0;
}

}  // namespace

PyObject* optional_argument(const char* name, PyTypeObject* type, PyObject* args, PyObject* kwds) {
  const Py_ssize_t positional = PyTuple_GET_SIZE(args);
  const Py_ssize_t keywords = kwds == nullptr ? 0 : PyDict_Size(kwds);
  if (positional + keywords > 1) {
    fail(PyExc_TypeError, "%.200s() takes at most 1 argument (%zd given)", name,
         positional + keywords);
  }
  PyObject* source = nullptr;
  if (positional == 1) {
    source = PyTuple_GET_ITEM(args, 0);
  } else if (keywords == 1) {
    Py_ssize_t position = 0;
    PyObject* key = nullptr;
    PyDict_Next(kwds, &position, &key, &source);
    if (!names_family(key, type)) {
      fail(PyExc_TypeError, "%.200s() got an unexpected keyword argument %R", name, key);
    }
  }
  if (source == nullptr || source == Py_None) {
    return nullptr;
  }
  if (!PyObject_TypeCheck(source, type)) {
    fail_type(*type, source);
  }
  return source;
}

PyObject* compare_equality(PyObject* self, bool equal, int operation) noexcept {
  switch (operation) {
    case Py_EQ: return PyBool_FromLong(equal);
    case Py_NE: return PyBool_FromLong(!equal);
    default:
      PyErr_Format(PyExc_TypeError, "unorderable type '%.200s'", Py_TYPE(self)->tp_name);
      return nullptr;
  }
}

Ref reduce_to_copy(PyObject* self, PyObject* predefined) {
  Ref copyreg = own(PyImport_ImportModule("copyreg"));
  Ref make = own(PyObject_GetAttrString(copyreg.get(), "__newobj__"));
  return own(Py_BuildValue("O(OO)", make.get(), Py_TYPE(self), predefined));
}

void fail_type(PyTypeObject& expected, PyObject* got) {
  fail(PyExc_TypeError, "expecting %.200s, got %.200s", expected.tp_name, Py_TYPE(got)->tp_name);
}

namespace {

// Public methods of `base` that `type` does not define itself.
void describe_methods_of(const PyTypeObject& base, PyTypeObject& type) {
  if (base.tp_methods == nullptr) {
    return;
  }
  for (PyMethodDef* entry = base.tp_methods; entry->ml_name != nullptr; ++entry) {
    const bool is_plain = (entry->ml_flags & (METH_CLASS | METH_STATIC)) == 0;
    if (is_plain && entry->ml_name[0] != '_' &&
        PyDict_GetItemString(type.tp_dict, entry->ml_name) == nullptr) {
      Ref descriptor = own(PyDescr_NewMethod(&type, entry));
      succeed(PyDict_SetItemString(type.tp_dict, entry->ml_name, descriptor.get()));
    }
  }
}

// From 3.11 on, CPython has a fast instruction for calling a method whose descriptor was made for
// exactly the object's class. COMM_WORLD is an Intracomm, and send() is Comm's: so each class has
// descriptors of its own for what it inherits.
void describe_inherited_methods(PyTypeObject& type) {
  for (PyTypeObject* base = type.tp_base; base != &PyBaseObject_Type; base = base->tp_base) {
    describe_methods_of(*base, type);
  }
  PyType_Modified(&type);
}

}  // namespace

void finish_type(PyObject* module, PyTypeObject& type, const TypeDescription& description) {
  Py_SET_REFCNT(reinterpret_cast<PyObject*>(&type), 1);
  type.tp_name = description.name;
  type.tp_doc = description.doc;
  type.tp_flags |= Py_TPFLAGS_DEFAULT;
  if (description.subclassable) {
    type.tp_flags |= Py_TPFLAGS_BASETYPE;
  }
  const char* short_name = std::strrchr(description.name, '.') + 1;
  if (description.methods != nullptr) {
    complete_documentation(short_name, description.methods);
  }
  type.tp_methods = description.methods;
  type.tp_getset = description.properties;
  type.tp_base = description.base;
  const bool collected = (type.tp_flags & Py_TPFLAGS_HAVE_GC) != 0;
  type.tp_free = collected ? PyObject_GC_Del : PyObject_Free;
  succeed(PyType_Ready(&type));
  if (description.base != nullptr) {
    describe_inherited_methods(type);
  }
  succeed(PyObject_SetAttrString(module, short_name, reinterpret_cast<PyObject*>(&type)));
}

}  // namespace pylaunch::mpi
