// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/loader_equality.hpp"

#include "embed/importer/method.hpp"
#include "embed/importer/names.hpp"

namespace pylaunch::embed {

namespace {

PyTypeObject* class_of_importlib(PyObject* loader) {
  PyTypeObject* type = Py_TYPE(loader);
  for (const py::object* ours :
       {&names().source_loader_type, &names().bytecode_loader_type, &names().extension_loader_type})
    if (ours->ptr() == reinterpret_cast<PyObject*>(type)) return type->tp_base;
  return type;
}

PyObject* equals(PyObject* self, PyObject* other) {
  if (class_of_importlib(self) != class_of_importlib(other)) Py_RETURN_NOTIMPLEMENTED;
  const py::object mine = py::handle(self).attr("__dict__");
  return PyObject_RichCompare(mine.ptr(), py::handle(other).attr("__dict__").ptr(), Py_EQ);
}

}  // namespace

PyMethodDef loader_equality_method() {
  return method<equals>("__eq__",
                        "__eq__(other)\n--\n\nWhether class, name and path are the same.");
}

}  // namespace pylaunch::embed
