// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/loader_class.hpp"

#include "embed/importer/method.hpp"
#include "embed/importer/names.hpp"
#include "embed/python_objects.hpp"

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

// A class that derives from ours is pickled as object.__reduce_ex__() does it.
py::tuple reduced_subclass(py::handle loader) {
  const py::object state =
      py::hasattr(loader, "__getstate__") ? loader.attr("__getstate__")() : loader.attr("__dict__");
  return py::make_tuple(import_directly("copyreg").attr("__newobj__"),
                        py::make_tuple(py::type::of(loader)), state);
}

PyObject* reduce(PyObject* self, PyObject*) noexcept try {
  const py::handle loader = self;
  PyTypeObject* type = class_of_importlib(self);
  if (type == Py_TYPE(self)) return reduced_subclass(loader).release().ptr();
  return py::make_tuple(py::handle(reinterpret_cast<PyObject*>(type)),
                        py::make_tuple(loader.attr(names().name), loader.attr(names().path)),
                        loader.attr("__dict__"))
      .release()
      .ptr();
} catch (py::error_already_set& error) {
  error.restore();
  return nullptr;
}

}  // namespace

PyMethodDef loader_reduction_method() {
  return {"__reduce__", reduce, METH_NOARGS,
          "__reduce__()\n--\n\nFor pickle: a loader of importlib's."};
}

PyMethodDef loader_equality_method() {
  return method<equals>("__eq__",
                        "__eq__(other)\n--\n\nWhether class, name and path are the same.");
}

}  // namespace pylaunch::embed
