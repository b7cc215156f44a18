// SPDX-License-Identifier: BSD-3-Clause
// Status (MPI-4.0, section 3.2.5).
#include <cstring>

#include "buffer.hpp"
#include "handle.hpp"
#include "large_count.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject Status::type{};

namespace {

void clear(MPI_Status& status) {
  std::memset(&status, 0, sizeof status);
  status.MPI_SOURCE = MPI_ANY_SOURCE;
  status.MPI_TAG = MPI_ANY_TAG;
  status.MPI_ERROR = MPI_SUCCESS;
}

PyObject* make(PyTypeObject* type, PyObject* args, PyObject* kwds) {
  return guarded([&] {
    PyObject* source = nullptr;
    if (PyTuple_GET_SIZE(args) != 0 || kwds != nullptr) {
      source = optional_argument("Status", &Status::type, args, kwds);
    }
    Ref object = own(type->tp_alloc(type, 0));
    Status& self = cast<Status>(object.get());
    if (source == nullptr) {
      clear(self.ob_mpi);
    } else {
      self.ob_mpi = cast<Status>(source).ob_mpi;
    }
    return object.release();
  });
}

// Status() is made in every receive loop: without a tuple for no arguments. Subclasses do not
// inherit this.
PyObject* make_fast(PyObject* type, PyObject* const* args, std::size_t flags,
                    PyObject* names) noexcept {
  auto* status_type = reinterpret_cast<PyTypeObject*>(type);
  const Py_ssize_t count = PyVectorcall_NARGS(flags);
  return guarded([&] {
    if (count == 0 && names == nullptr) [[likely]] {
      Ref object = allocate<Status>();
      clear(cast<Status>(object.get()).ob_mpi);
      return object.release();
    }
    Ref positional = own(PyTuple_New(count));
    for (Py_ssize_t index = 0; index < count; ++index) {
      PyTuple_SET_ITEM(positional.get(), index, Ref::borrow(args[index]).release());
    }
    Ref named;
    for (Py_ssize_t index = 0; names != nullptr && index < PyTuple_GET_SIZE(names); ++index) {
      named = named ? std::move(named) : own(PyDict_New());
      succeed(PyDict_SetItem(named.get(), PyTuple_GET_ITEM(names, index), args[count + index]));
    }
    return make(status_type, positional.get(), named.get());
  });
}

PyObject* compare(PyObject* left, PyObject* right, int operation) {
  if (!is_instance<Status>(right)) {
    Py_RETURN_NOTIMPLEMENTED;
  }
  const bool equal =
      std::memcmp(&cast<Status>(left).ob_mpi, &cast<Status>(right).ob_mpi, sizeof(MPI_Status)) == 0;
  return compare_equality(left, equal, operation);
}

int get_source(Status& self) { return self.ob_mpi.MPI_SOURCE; }
void set_source(Status& self, int source) { self.ob_mpi.MPI_SOURCE = source; }
int get_tag(Status& self) { return self.ob_mpi.MPI_TAG; }
void set_tag(Status& self, int tag) { self.ob_mpi.MPI_TAG = tag; }
int get_error(Status& self) { return self.ob_mpi.MPI_ERROR; }
void set_error(Status& self, int error) { self.ob_mpi.MPI_ERROR = error; }

Count count_of(Status& self, MPI_Datatype datatype) {
  Count count = MPI_UNDEFINED;
  check(PYLAUNCH_C(MPI_Get_count)(&self.ob_mpi, datatype, &count));
  return count;
}
Count get_count(Status& self, Datatype* datatype) {
  return count_of(self, datatype == nullptr ? MPI_BYTE : datatype->ob_mpi);
}
Count byte_count(Status& self) { return count_of(self, MPI_BYTE); }

Count elements_of(Status& self, MPI_Datatype datatype) {
  MPI_Count count = MPI_UNDEFINED;
  check(MPI_Get_elements_x(&self.ob_mpi, datatype, &count));
  return static_cast<Count>(count);
}
Count get_elements(Status& self, Datatype& datatype) { return elements_of(self, datatype.ob_mpi); }
void set_elements(Status& self, Datatype& datatype, MPI_Count count) {
  check(MPI_Status_set_elements_x(&self.ob_mpi, datatype.ob_mpi, count));
}
void set_byte_count(Status& self, MPI_Count count) {
  check(MPI_Status_set_elements_x(&self.ob_mpi, MPI_BYTE, count));
}

bool is_cancelled(Status& self) {
  int flag = 0;
  check(MPI_Test_cancelled(&self.ob_mpi, &flag));
  return flag != 0;
}
void set_cancelled(Status& self, bool flag) {
  check(MPI_Status_set_cancelled(&self.ob_mpi, flag ? 1 : 0));
}

// ---- serialisation -----------------------------------------------------------------------------

Ref get_state(Status& self) {
  return own(Py_BuildValue("{s:i,s:i,s:i,s:L,s:N}", "source", get_source(self), "tag",
                           get_tag(self), "error", get_error(self), "count",
                           static_cast<long long>(elements_of(self, MPI_BYTE)), "cancelled",
                           PyBool_FromLong(is_cancelled(self))));
}

void set_state(Status& self, PyObject* state) {
  const auto number = [&](const char* key) {
    Ref name = own(PyUnicode_FromString(key));
    Ref value = own(PyObject_GetItem(state, name.get()));
    return Argument<long long>::from(value.get());
  };
  set_source(self, static_cast<int>(number("source")));
  set_tag(self, static_cast<int>(number("tag")));
  set_error(self, static_cast<int>(number("error")));
  if (succeed(PyMapping_HasKeyString(state, "count")) != 0) {
    set_byte_count(self, number("count"));
  }
  if (succeed(PyMapping_HasKeyString(state, "cancelled")) != 0) {
    set_cancelled(self, number("cancelled") != 0);
  }
}

Ref reduce(Status& self) {
  Ref copyreg = own(PyImport_ImportModule("copyreg"));
  Ref make_object = own(PyObject_GetAttrString(copyreg.get(), "__newobj__"));
  Ref state = get_state(self);
  return own(Py_BuildValue("O(O)O", make_object.get(), Py_TYPE(self.as_object()), state.get()));
}

Ref to_memory(Status& self) {
  Ref buffer = buffer_within(self.as_object(), &self.ob_mpi, sizeof(MPI_Status), false);
  Ref view = own(PyMemoryView_FromObject(buffer.get()));
  return own(PyObject_CallMethod(view.get(), "cast", "s", "i"));
}

// ---- Fortran -----------------------------------------------------------------------------------

constexpr std::size_t kFortranSize = sizeof(MPI_Status) / sizeof(MPI_Fint);

Ref to_fortran(Status& self) {
  MPI_Fint values[kFortranSize] = {};
  check(MPI_Status_c2f(&self.ob_mpi, values));
  return list_of(values, values + kFortranSize);
}

Ref from_fortran(PyTypeObject* type, PyObject* sequence) {
  auto values = integers<MPI_Fint>(sequence);
  if (values.size() < kFortranSize) {
    fail(PyExc_IndexError, "expecting %zd integers", static_cast<Py_ssize_t>(kFortranSize));
  }
  Ref no_arguments = own(PyTuple_New(0));
  Ref status = own(type->tp_new(type, no_arguments.get(), nullptr));
  check(MPI_Status_f2c(values.data(), &cast<Status>(status.get()).ob_mpi));
  return status;
}

PyMethodDef* status_methods() {
  static PyMethodDef table[] = {
      method<"Get_source", &get_source>("Get message source."),
      method<"Set_source", &set_source, "source">("Set message source."),
      method<"Get_tag", &get_tag>("Get message tag."),
      method<"Set_tag", &set_tag, "tag">("Set message tag."),
      method<"Get_error", &get_error>("Get message error."),
      method<"Set_error", &set_error, "error">("Set message error."),
      method<"Get_count", &get_count, "datatype">(
          "Get the number of *top level* elements, of BYTE by default."),
      method<"Get_elements", &get_elements, "datatype">(
          "Get the number of basic elements in a datatype (MPI-4.0, 5.1.11)."),
      method<"Set_elements", &set_elements, "datatype", "count">(
          "Set the number of elements in a status (MPI-4.0, 13.3)."),
      method<"Is_cancelled", &is_cancelled>("Test to see if a request was cancelled."),
      method<"Set_cancelled", &set_cancelled, "flag">(
          "Set the cancelled state associated with a status."),
      method<"tomemory", &to_memory>("Return status memory view."),
      method<"py2f", &to_fortran>("Translate object to Fortran status."),
      method<"f2py", &from_fortran, "arg">("Translate Fortran status to object."),
      method<"__reduce__", &reduce>("Return what pickle needs."),
      method<"__getstate__", &get_state>("Return the state as a dict."),
      method<"__setstate__", &set_state, "state">("Set the state from a dict."),
      end_of_methods(),
  };
  return table;
}

PyGetSetDef* properties() {
  static PyGetSetDef table[] = {
      property<&get_source, &set_source>("source", "Message source."),
      property<&get_tag, &set_tag>("tag", "Message tag."),
      property<&get_error, &set_error>("error", "Message error."),
      property<&byte_count, &set_byte_count>("count", "Byte count."),
      property<&is_cancelled, &set_cancelled>("cancelled", "Cancelled state."),
      end_of_properties(),
  };
  return table;
}

}  // namespace

void add_status(PyObject* module) {
  Status::type.tp_basicsize = sizeof(Status);
  Status::type.tp_weaklistoffset = offsetof(HandleObject<MPI_Status>, weakreflist);
  Status::type.tp_new = &make;
  Status::type.tp_vectorcall = &make_fast;
  Status::type.tp_dealloc = &handle_dealloc<Status>;
  Status::type.tp_richcompare = &compare;
  finish_type(module, Status::type,
              {"mpi4py.MPI.Status", "Status object.", status_methods(), properties()});
}

}  // namespace pylaunch::mpi
