// SPDX-License-Identifier: BSD-3-Clause
// Datatype (MPI-4.0, chapter 5): accessors, and the predefined ones.
#include "datatype.hpp"

#include "accessors.hpp"
#include "comm.hpp"
#include "large_count.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject Datatype::type{};

namespace {

// ---- size and extent ---------------------------------------------------------------------------

long long size(Datatype& self) {
  MPI_Count bytes = 0;
  check(MPI_Type_size_x(self.ob_mpi, &bytes));
  return bytes;
}

struct Extent {
  MPI_Count lower = 0;
  MPI_Count extent = 0;
};

template <auto Function>
Extent extent_of(Datatype& self) {
  Extent result;
  check(Function(self.ob_mpi, &result.lower, &result.extent));
  return result;
}

template <auto Function>
Ref bounds(Datatype& self) {
  const Extent found = extent_of<Function>(self);
  return tuple_of(static_cast<long long>(found.lower), static_cast<long long>(found.extent));
}
template <auto Function>
long long extent(Datatype& self) {
  return extent_of<Function>(self).extent;
}
template <auto Function>
long long lower_bound(Datatype& self) {
  return extent_of<Function>(self).lower;
}
template <auto Function>
long long upper_bound(Datatype& self) {
  const Extent found = extent_of<Function>(self);
  return found.lower + found.extent;
}

// ---- life --------------------------------------------------------------------------------------

Ref commit(Datatype& self) {
  check(MPI_Type_commit(&self.ob_mpi));
  return Ref::borrow(self.as_object());
}

void free_datatype(Datatype& self) { free_and_keep_constants(self, MPI_Type_free); }

std::string get_name(Datatype& self) {
  return name_of<&MPI_Type_get_name>(self, "MPI_DATATYPE_NULL");
}
void set_name(Datatype& self, Text name) { check(MPI_Type_set_name(self.ob_mpi, name.text)); }

// ---- origin ------------------------------------------------------------------------------------

Ref get_envelope(Datatype& self) {
  const DatatypeContents found = datatype_envelope(self.ob_mpi);
  return tuple_of(static_cast<long>(found.integers.size()),
                  static_cast<long>(found.addresses.size()), static_cast<long>(found.counts.size()),
                  static_cast<long>(found.datatypes.size()), found.combiner);
}

Ref get_contents(Datatype& self) {
  const DatatypeContents found = datatype_contents(self.ob_mpi);
  Ref datatypes = own(PyList_New(0));
  for (MPI_Datatype datatype : found.datatypes) {
    Ref object = new_handle<Datatype>(datatype);
    succeed(PyList_Append(datatypes.get(), object.get()));
  }
  return tuple_of(list_of(found.integers), list_of(found.addresses), list_of(found.counts),
                  std::move(datatypes));
}

int combiner(Datatype& self) { return datatype_envelope(self.ob_mpi).combiner; }

bool is_named_datatype(Datatype& self) { return combiner(self) == MPI_COMBINER_NAMED; }

bool is_predefined_combiner(int combiner) {
  return combiner == MPI_COMBINER_NAMED || combiner == MPI_COMBINER_F90_INTEGER ||
         combiner == MPI_COMBINER_F90_REAL || combiner == MPI_COMBINER_F90_COMPLEX;
}
bool is_predefined_datatype(Datatype& self) {
  return self.ob_mpi == MPI_DATATYPE_NULL || is_predefined_combiner(combiner(self));
}

const std::vector<PyMethodDef>& own_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Get_size", &size>("Return the number of bytes occupied by entries in the datatype."),
      method<"Get_extent", &bounds<&MPI_Type_get_extent_x>>(
          "Return lower bound and extent of datatype, in bytes."),
      method<"Get_true_extent", &bounds<&MPI_Type_get_true_extent_x>>(
          "Return the true lower bound and extent of a datatype, in bytes."),
      method<"Commit", &commit>("Commit the datatype."),
      method<"Free", &free_datatype>("Free the datatype."),
      method<"Get_name", &get_name>("Get the print name for this datatype."),
      method<"Set_name", &set_name, "name">("Set the print name for this datatype."),
      method<"Get_envelope", &get_envelope>(
          "Return the number of input arguments used to create a datatype."),
      method<"Get_contents", &get_contents>(
          "Return the input arguments used to create a datatype."),
  };
  return table;
}

const std::vector<PyMethodDef>& common_methods() {
  static const std::vector<PyMethodDef> table{PYLAUNCH_HANDLE_METHODS(Datatype)};
  return table;
}

PyGetSetDef* properties() {
  static PyGetSetDef table[] = {
      PYLAUNCH_HANDLE_PROPERTY(Datatype),
      property<&size>("size", "Size (in bytes)."),
      property<&extent<&MPI_Type_get_extent_x>>("extent", "Extent."),
      property<&lower_bound<&MPI_Type_get_extent_x>>("lb", "Lower bound."),
      property<&upper_bound<&MPI_Type_get_extent_x>>("ub", "Upper bound."),
      property<&extent<&MPI_Type_get_true_extent_x>>("true_extent", "True extent."),
      property<&lower_bound<&MPI_Type_get_true_extent_x>>("true_lb", "True lower bound."),
      property<&upper_bound<&MPI_Type_get_true_extent_x>>("true_ub", "True upper bound."),
      property<&get_envelope>("envelope", "Envelope."),
      property<&get_contents>("contents", "Contents."),
      property<&combiner>("combiner", "Combiner."),
      property<&is_named_datatype>("is_named", "Is a named datatype."),
      property<&is_predefined_datatype>("is_predefined", "Is a predefined datatype."),
      property<&get_name, &set_name>("name", "Print name."),
      property<&type_string_property>("typestr", "Type string."),
      property<&type_character_property>("typechar", "Character code."),
      end_of_properties(),
  };
  return table;
}

}  // namespace

DatatypeContents datatype_envelope(MPI_Datatype datatype) {
  DatatypeContents found{MPI_UNDEFINED, {}, {}, {}, {}};
#if MPI_VERSION >= 4
  MPI_Count sizes[4] = {};
  check(MPI_Type_get_envelope_c(datatype, &sizes[0], &sizes[1], &sizes[2], &sizes[3],
                                &found.combiner));
#else
  int sizes[4] = {};
  check(MPI_Type_get_envelope(datatype, &sizes[0], &sizes[1], &sizes[3], &found.combiner));
#endif
  found.integers.resize(static_cast<std::size_t>(sizes[0]));
  found.addresses.resize(static_cast<std::size_t>(sizes[1]));
  found.counts.resize(static_cast<std::size_t>(sizes[2]));
  found.datatypes.resize(static_cast<std::size_t>(sizes[3]));
  return found;
}

DatatypeContents datatype_contents(MPI_Datatype datatype) {
  DatatypeContents found = datatype_envelope(datatype);
#if MPI_VERSION >= 4
  check(MPI_Type_get_contents_c(
      datatype, static_cast<MPI_Count>(found.integers.size()),
      static_cast<MPI_Count>(found.addresses.size()), static_cast<MPI_Count>(found.counts.size()),
      static_cast<MPI_Count>(found.datatypes.size()), found.integers.data(), found.addresses.data(),
      found.counts.data(), found.datatypes.data()));
#else
  check(MPI_Type_get_contents(datatype, static_cast<int>(found.integers.size()),
                              static_cast<int>(found.addresses.size()),
                              static_cast<int>(found.datatypes.size()), found.integers.data(),
                              found.addresses.data(), found.datatypes.data()));
#endif
  return found;
}

DatatypeContents datatype_contents_if_derived(MPI_Datatype datatype) {
  DatatypeContents envelope = datatype_envelope(datatype);
  return envelope.combiner == MPI_COMBINER_NAMED ? envelope : datatype_contents(datatype);
}

template <>
bool is_predefined<Datatype>(MPI_Datatype handle) {
  if (is_named<Datatype>(handle)) {
    return true;
  }
  try {
    return is_predefined_combiner(datatype_envelope(handle).combiner);
  } catch (const PythonError&) {
    PyErr_Clear();
    return false;
  }
}

void Datatype::free(Datatype& self) { free_datatype(self); }

void free_temporary(Datatype& self) {
  if (mpi_is_active() && !is_named<Datatype>(self.ob_mpi)) {
    MPI_Type_free(&self.ob_mpi);
  }
}

void add_datatype(PyObject* module) {
  PyMethodDef* methods =
      joined({&own_methods(), &datatype_constructor_methods(), &datatype_decode_methods(),
              &datatype_pack_methods(), &datatype_code_methods(), &attribute_methods_of_datatype(),
              &common_methods()});
  define_handle_type<Datatype>(module,
                               {"mpi4py.MPI.Datatype", "Datatype object.", methods, properties()});
  define_constant<Datatype>(module, "DATATYPE_NULL", MPI_DATATYPE_NULL);
  add_predefined_datatypes(module);
  add_datatype_aliases(module);
  add_datatype_functions(module);
}

}  // namespace pylaunch::mpi
