// SPDX-License-Identifier: BSD-3-Clause
// MPI.Exception and MPI's error codes and classes (MPI-4.0, section 9.4 and 9.5).
#include "arguments.hpp"
#include "docstrings.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

PyObject* exception_type = nullptr;

int error_code(PyObject* exception) {
  Ref args = own(PyObject_GetAttrString(exception, "args"));
  Ref code = own(PySequence_GetItem(args.get(), 0));
  return Argument<int>::from(code.get());
}

int error_class(NoSelf, int code) {
  int result = MPI_SUCCESS;
  check(MPI_Error_class(code, &result));
  return result;
}

std::string error_string(NoSelf, int code) {
  char text[MPI_MAX_ERROR_STRING + 1] = {};
  int length = 0;
  check(MPI_Error_string(code, text, &length));
  return {text, static_cast<std::size_t>(length)};
}

// ---- the class ---------------------------------------------------------------------------------

PyObject* initialise(PyObject* self, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    if (nargs > 1 || kwnames != nullptr) {
      fail(PyExc_TypeError, "Exception() takes at most 1 positional argument");
    }
    int code = nargs == 0 ? MPI_SUCCESS : Argument<int>::from(args[0]);
    code = code < MPI_SUCCESS ? MPI_ERR_UNKNOWN : code;
    Ref new_args = tuple_of(code);
    succeed(PyObject_SetAttrString(self, "args", new_args.get()));
    Py_RETURN_NONE;
  });
}

template <int Operation>
PyObject* compare(PyObject* self, PyObject* other) {
  return guarded([&] {
    Ref code = own(to_python(error_code(self)));
    return PyObject_RichCompare(code.get(), other, Operation);
  });
}

bool is_error(PyObject* self) { return error_code(self) != MPI_SUCCESS; }
int code_of(PyObject* self) { return error_code(self); }
int class_of(PyObject* self) { return error_class({}, error_code(self)); }
std::string string_of(PyObject* self) { return error_string({}, error_code(self)); }
std::string representation(PyObject* self) {
  return "MPI.Exception(" + std::to_string(error_code(self)) + ")";
}
std::string text(PyObject* self) {
  if (MPI_VERSION < 4 && !mpi_is_active()) {
    return "error code: " + std::to_string(error_code(self));
  }
  return string_of(self);
}

PyMethodDef* exception_methods() {
  static PyMethodDef methods[] = {
      {"__init__", as_c_function(&initialise), METH_FASTCALL | METH_KEYWORDS, "Initialize self."},
      {"__eq__", &compare<Py_EQ>, METH_O, "Return self==value."},
      {"__ne__", &compare<Py_NE>, METH_O, "Return self!=value."},
      {"__lt__", &compare<Py_LT>, METH_O, "Return self<value."},
      {"__le__", &compare<Py_LE>, METH_O, "Return self<=value."},
      {"__gt__", &compare<Py_GT>, METH_O, "Return self>value."},
      {"__ge__", &compare<Py_GE>, METH_O, "Return self>=value."},
      method<"__hash__", &code_of>("Return hash(self)."),
      method<"__int__", &code_of>("Return int(self)."),
      method<"__bool__", &is_error>("Return bool(self)."),
      method<"__repr__", &representation>("Return repr(self)."),
      method<"__str__", &text>("Return str(self)."),
      method<"Get_error_code", &code_of>("Error code."),
      method<"Get_error_class", &class_of>("Error class (MPI-4.0, 9.4)."),
      method<"Get_error_string", &string_of>("Error string (MPI-4.0, 9.3)."),
      end_of_methods(),
  };
  return methods;
}

PyGetSetDef* exception_properties() {
  static PyGetSetDef properties[] = {
      property<&code_of>("error_code", "Error code."),
      property<&class_of>("error_class", "Error class."),
      property<&string_of>("error_string", "Error string."),
      end_of_properties(),
  };
  return properties;
}

// ---- module functions --------------------------------------------------------------------------

int add_error_class(NoSelf) {
  int result = MPI_SUCCESS;
  check(MPI_Add_error_class(&result));
  return result;
}

int add_error_code(NoSelf, int error_class) {
  int result = MPI_SUCCESS;
  check(MPI_Add_error_code(error_class, &result));
  return result;
}

void add_error_string(NoSelf, int code, Text string) {
  check(MPI_Add_error_string(code, string.text));
}

#if PYLAUNCH_HAS_MPI_4_1
template <auto Function>
void remove_error(NoSelf, int code) {
  check(Function(code));
}
#endif

PyMethodDef* error_code_functions() {
  static PyMethodDef table[] = {
    method<"Get_error_class", &error_class, "errorcode">(
        "Convert an *error code* into an *error class*."),
    method<"Get_error_string", &error_string, "errorcode">(
        "Return the *error string* for a given *error class* or *error code*."),
    method<"Add_error_class", &add_error_class>("Add an *error class* to the known error classes."),
    method<"Add_error_code", &add_error_code, "errorclass">(
        "Add an *error code* to an *error class*."),
    method<"Add_error_string", &add_error_string, "errorcode", "string">(
        "Associate an *error string* with an *error class* or *error code*."),
#if PYLAUNCH_HAS_MPI_4_1
    method<"Remove_error_class", &remove_error<&MPI_Remove_error_class>, "errorclass">(
        "Remove an *error class* from the known error classes."),
    method<"Remove_error_code", &remove_error<&MPI_Remove_error_code>, "errorcode">(
        "Remove an *error code* from the known error codes."),
    method<"Remove_error_string", &remove_error<&MPI_Remove_error_string>, "errorcode">(
        "Remove *error string* association from *error class* or *error code*."),
#endif
    end_of_methods(),
  };
  return table;
}

}  // namespace

void raise_mpi_error(int error) {
  Ref code = own(PyLong_FromLong(error));
  PyErr_SetObject(exception_type != nullptr ? exception_type : PyExc_RuntimeError, code.get());
  throw PythonError{};
}

int exception_to_error_code() {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  int code = MPI_ERR_OTHER;
  if (value != nullptr && PyObject_IsInstance(value, exception_type) == 1) {
    try {
      code = error_code(value);
    } catch (const PythonError&) {
      PyErr_Clear();
    }
  }
  if (value != nullptr && trace != nullptr) {
    PyException_SetTraceback(value, trace);
  }
  PyErr_Display(type, value, trace);
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(trace);
  return code;
}

void add_exception(PyObject* module) {
  Ref type = own(PyErr_NewExceptionWithDoc("mpi4py.MPI.Exception", "Exception class.",
                                           PyExc_RuntimeError, nullptr));
  auto* object = reinterpret_cast<PyTypeObject*>(type.get());
  complete_documentation("Exception", exception_methods());
  for (PyMethodDef* entry = exception_methods(); entry->ml_name != nullptr; ++entry) {
    Ref descriptor = own(PyDescr_NewMethod(object, entry));
    succeed(PyObject_SetAttrString(type.get(), entry->ml_name, descriptor.get()));
  }
  for (PyGetSetDef* entry = exception_properties(); entry->name != nullptr; ++entry) {
    Ref descriptor = own(PyDescr_NewGetSet(object, entry));
    succeed(PyObject_SetAttrString(type.get(), entry->name, descriptor.get()));
  }
  succeed(PyObject_SetAttrString(module, "Exception", type.get()));
  exception_type = type.release();
  add_functions(module, error_code_functions());
}

}  // namespace pylaunch::mpi
