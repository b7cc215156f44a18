// SPDX-License-Identifier: BSD-3-Clause
// How a datatype was made, as (base, combiner, parameters), and making it again: pickling.
#include "datatype.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

struct CombinerName {
  int combiner;
  const char* name;
};

const char* combiner_name(int combiner) {
  static const CombinerName names[] = {
      {MPI_COMBINER_NAMED, "NAMED"},
      {MPI_COMBINER_DUP, "DUP"},
      {MPI_COMBINER_CONTIGUOUS, "CONTIGUOUS"},
      {MPI_COMBINER_VECTOR, "VECTOR"},
      {MPI_COMBINER_HVECTOR, "HVECTOR"},
      {MPI_COMBINER_INDEXED, "INDEXED"},
      {MPI_COMBINER_HINDEXED, "HINDEXED"},
      {MPI_COMBINER_INDEXED_BLOCK, "INDEXED_BLOCK"},
      {MPI_COMBINER_HINDEXED_BLOCK, "HINDEXED_BLOCK"},
      {MPI_COMBINER_STRUCT, "STRUCT"},
      {MPI_COMBINER_SUBARRAY, "SUBARRAY"},
      {MPI_COMBINER_DARRAY, "DARRAY"},
      {MPI_COMBINER_RESIZED, "RESIZED"},
      {MPI_COMBINER_F90_INTEGER, "F90_INTEGER"},
      {MPI_COMBINER_F90_REAL, "F90_REAL"},
      {MPI_COMBINER_F90_COMPLEX, "F90_COMPLEX"},
  };
  for (const CombinerName& entry : names) {
    if (entry.combiner == combiner) {
      return entry.name;
    }
  }
  fail(PyExc_ValueError, "unknown combiner value %d", combiner);
}

// The arguments of a constructor in the order of the call. MPI keeps them in three arrays, by C
// type; a call with large counts has its counts and byte offsets in `counts`, one with int counts
// in `integers` and `addresses`. Each number is taken from the front of its array.
class Arguments {
 public:
  explicit Arguments(const DatatypeContents& contents)
      : contents_(contents), large_(!contents.counts.empty()) {}

  long long integer() { return contents_.integers.at(next_integer_++); }
  long long count() { return large_ ? contents_.counts.at(next_count_++) : integer(); }
  long long offset() {
    return large_ ? contents_.counts.at(next_count_++) : contents_.addresses.at(next_address_++);
  }

  Ref integer_list(long long size) { return list(size, &Arguments::integer); }
  Ref count_list(long long size) { return list(size, &Arguments::count); }
  Ref offset_list(long long size) { return list(size, &Arguments::offset); }

 private:
  Ref list(long long size, long long (Arguments::*next)()) {
    std::vector<long long> values;
    for (long long index = 0; index < size; ++index) {
      values.push_back((this->*next)());
    }
    return list_of(values);
  }

  const DatatypeContents& contents_;
  bool large_;
  std::size_t next_integer_ = 0;
  std::size_t next_address_ = 0;
  std::size_t next_count_ = 0;
};

class Parameters {
 public:
  Parameters() : dict_(own(PyDict_New())) {}
  void set(const char* name, Ref value) {
    succeed(PyDict_SetItemString(dict_.get(), name, value.get()));
  }
  void set(const char* name, long long value) { set(name, own(to_python(value))); }
  Ref take() { return std::move(dict_); }

 private:
  Ref dict_;
};

void decode_regular(Parameters& to, Arguments& from, int combiner) {
  to.set("count", from.count());
  if (combiner != MPI_COMBINER_CONTIGUOUS) {
    to.set("blocklength", from.count());
    to.set("stride", combiner == MPI_COMBINER_VECTOR ? from.count() : from.offset());
  }
}

void decode_indexed(Parameters& to, Arguments& from, int combiner) {
  const bool blocks =
      combiner == MPI_COMBINER_INDEXED_BLOCK || combiner == MPI_COMBINER_HINDEXED_BLOCK;
  const bool in_bytes = combiner != MPI_COMBINER_INDEXED && combiner != MPI_COMBINER_INDEXED_BLOCK;
  const long long count = from.count();
  if (blocks) {
    to.set("blocklength", from.count());
  } else {
    to.set("blocklengths", from.count_list(count));
  }
  to.set("displacements", in_bytes ? from.offset_list(count) : from.count_list(count));
}

void decode_subarray(Parameters& to, Arguments& from) {
  const long long dimensions = from.integer();
  to.set("sizes", from.count_list(dimensions));
  to.set("subsizes", from.count_list(dimensions));
  to.set("starts", from.count_list(dimensions));
  to.set("order", from.integer());
}

void decode_darray(Parameters& to, Arguments& from) {
  to.set("size", from.integer());
  to.set("rank", from.integer());
  const long long dimensions = from.integer();
  to.set("gsizes", from.count_list(dimensions));
  to.set("distribs", from.integer_list(dimensions));
  to.set("dargs", from.integer_list(dimensions));
  to.set("psizes", from.integer_list(dimensions));
  to.set("order", from.integer());
}

Ref decode_parameters(const DatatypeContents& contents, PyObject* datatypes) {
  Parameters parameters;
  Arguments arguments(contents);
  switch (contents.combiner) {
    case MPI_COMBINER_CONTIGUOUS:
    case MPI_COMBINER_VECTOR:
    case MPI_COMBINER_HVECTOR: decode_regular(parameters, arguments, contents.combiner); break;
    case MPI_COMBINER_STRUCT:
      decode_indexed(parameters, arguments, contents.combiner);
      parameters.set("datatypes", Ref::borrow(datatypes));
      break;
    case MPI_COMBINER_INDEXED:
    case MPI_COMBINER_HINDEXED:
    case MPI_COMBINER_INDEXED_BLOCK:
    case MPI_COMBINER_HINDEXED_BLOCK:
      decode_indexed(parameters, arguments, contents.combiner);
      break;
    case MPI_COMBINER_SUBARRAY: decode_subarray(parameters, arguments); break;
    case MPI_COMBINER_DARRAY: decode_darray(parameters, arguments); break;
    case MPI_COMBINER_RESIZED:
      parameters.set("lb", arguments.offset());
      parameters.set("extent", arguments.offset());
      break;
    case MPI_COMBINER_F90_INTEGER: parameters.set("r", arguments.integer()); break;
    case MPI_COMBINER_F90_REAL:
    case MPI_COMBINER_F90_COMPLEX:
      parameters.set("p", arguments.integer());
      parameters.set("r", arguments.integer());
      break;
    default: break;
  }
  return parameters.take();
}

// The module's own object for a predefined handle, else a new one.
Ref datatype_object(MPI_Datatype handle, bool temporary) {
  Ref object = new_handle<Datatype>(handle);
  if (temporary && !is_predefined<Datatype>(handle)) {
    cast<Datatype>(object.get()).flags |= kTemporary;
  }
  return object;
}

Ref decode(Datatype& self) { return decode_datatype(self, false); }

PyObject* create_function = nullptr;

Ref reduce(Datatype& self) {
  if (is_named<Datatype>(self.ob_mpi)) {
    return handle_reduce(self);
  }
  Ref parts = decode_datatype(self, true);
  return own(Py_BuildValue("O(OOOO)", create_function, PyTuple_GET_ITEM(parts.get(), 0),
                           PyTuple_GET_ITEM(parts.get(), 1), PyTuple_GET_ITEM(parts.get(), 2),
                           Py_True));
}

// ---- and back ----------------------------------------------------------------------------------

void free_parts(PyObject* datatypes) {
  for (Py_ssize_t index = 0; index < PyList_GET_SIZE(datatypes); ++index) {
    free_temporary(Argument<Datatype&>::from(PyList_GET_ITEM(datatypes, index)));
  }
}

Ref create(NoSelf, Datatype& datatype, PyObject* combiner, PyObject* params, Int<0> free) {
  Ref name = own(PyObject_CallMethod(combiner, "lower", nullptr));
  Ref method_name = own(PyUnicode_FromFormat("Create_%U", name.get()));
  Ref method_object = own(PyObject_GetAttr(datatype.as_object(), method_name.get()));
  Ref no_arguments = own(PyTuple_New(0));
  Ref made(PyObject_Call(method_object.get(), no_arguments.get(), params));
  if (free != 0) {
    PendingError failure;
    Ref key = own(PyUnicode_FromString("datatypes"));
    PyObject* parts = PyDict_GetItemWithError(params, key.get());
    if (parts != nullptr && PyList_Check(parts)) {
      free_parts(parts);
    } else {
      free_temporary(datatype);
    }
    failure.restore();
  }
  if (!made) {
    throw PythonError{};
  }
  check(MPI_Type_commit(&Argument<Datatype&>::from(made.get()).ob_mpi));
  return made;
}

Ref decode_function(NoSelf, Datatype& datatype, Int<0> mark) {
  return decode_datatype(datatype, mark != 0);
}

}  // namespace

Ref decode_datatype(Datatype& self, bool mark_temporary) {
  const DatatypeContents contents = datatype_contents_if_derived(self.ob_mpi);
  Ref datatypes = own(PyList_New(0));
  for (MPI_Datatype handle : contents.datatypes) {
    Ref object = datatype_object(handle, mark_temporary);
    succeed(PyList_Append(datatypes.get(), object.get()));
  }
  Ref base;
  if (contents.combiner == MPI_COMBINER_NAMED) {
    base = Ref::borrow(self.as_object());
  } else if (contents.datatypes.empty()) {
    base = new_handle<Datatype>(MPI_DATATYPE_NULL);
  } else if (contents.combiner == MPI_COMBINER_STRUCT && contents.datatypes.size() > 1) {
    base = new_handle<Datatype>(MPI_DATATYPE_NULL);
  } else {
    base = Ref::borrow(PyList_GET_ITEM(datatypes.get(), 0));
  }
  return tuple_of(std::move(base), std::string(combiner_name(contents.combiner)),
                  decode_parameters(contents, datatypes.get()));
}

const std::vector<PyMethodDef>& datatype_decode_methods() {
  static const std::vector<PyMethodDef> table{
      method<"decode", &decode>("Convenience method for decoding a datatype."),
      method<"__reduce__", &reduce>("Return what pickle needs."),
  };
  return table;
}

void add_datatype_functions(PyObject* module) {
  static PyMethodDef functions[] = {
      method<"_datatype_create", &create, "datatype", "combiner", "params", "free">(
          "Create datatype from base datatype, combiner name, and parameters."),
      method<"_datatype_decode", &decode_function, "datatype", "mark">(
          "Decode datatype to base datatype, combiner name, and parameters."),
      end_of_methods(),
  };
  add_functions(module, functions);
  create_function = own(PyObject_GetAttrString(module, "_datatype_create")).release();
}

}  // namespace pylaunch::mpi
