// SPDX-License-Identifier: BSD-3-Clause
// Datatype constructors (MPI-4.0, section 5.1), pack and unpack (5.2 and 5.3).
#include "datatype.hpp"
#include "fortran_datatypes.hpp"
#include "large_count.hpp"
#include "message_spec.hpp"

namespace pylaunch::mpi {
namespace {

// Makes a datatype by `call(&handle)`, of the class that the method was called on.
template <class Call>
Ref make(PyTypeObject* type, Call call) {
  MPI_Datatype handle = MPI_DATATYPE_NULL;
  check(call(&handle));
  return new_handle<Datatype>(type, handle);
}
template <class Call>
Ref make(Datatype& self, Call call) {
  return make(Py_TYPE(self.as_object()), call);
}

Ref duplicate(Datatype& self) {
  return make(self, [&](auto* made) { return MPI_Type_dup(self.ob_mpi, made); });
}

Ref contiguous(Datatype& self, Count count) {
  return make(
      self, [&](auto* made) { return PYLAUNCH_C(MPI_Type_contiguous)(count, self.ob_mpi, made); });
}

Ref vector(Datatype& self, Count count, Count blocklength, Count stride) {
  return make(self, [&](auto* made) {
    return PYLAUNCH_C(MPI_Type_vector)(count, blocklength, stride, self.ob_mpi, made);
  });
}

Ref hvector(Datatype& self, Count count, Count blocklength, WideDisplacement stride) {
  return make(self, [&](auto* made) {
    return PYLAUNCH_C(MPI_Type_create_hvector)(count, blocklength, stride, self.ob_mpi, made);
  });
}

// `Function` takes counts, displacements of type `Where`, and the old datatype.
template <auto Function, class Where>
Ref indexed(Datatype& self, PyObject* blocklengths, PyObject* displacements) {
  const auto lengths = integers<Count>(blocklengths);
  const auto offsets = integers<Where>(displacements, lengths.size());
  return make(self, [&](auto* made) {
    return Function(static_cast<Count>(lengths.size()), lengths.data(), offsets.data(), self.ob_mpi,
                    made);
  });
}

template <auto Function, class Where>
Ref indexed_block(Datatype& self, Count blocklength, PyObject* displacements) {
  const auto offsets = integers<Where>(displacements);
  return make(self, [&](auto* made) {
    return Function(static_cast<Count>(offsets.size()), blocklength, offsets.data(), self.ob_mpi,
                    made);
  });
}

Ref structure(PyTypeObject* type, PyObject* blocklengths, PyObject* displacements,
              PyObject* datatypes) {
  const auto lengths = integers<Count>(blocklengths);
  const auto offsets = integers<WideDisplacement>(displacements, lengths.size());
  const auto types = datatypes_argument(datatypes, lengths.size());
  return make(type, [&](auto* made) {
    return PYLAUNCH_C(MPI_Type_create_struct)(static_cast<Count>(lengths.size()), lengths.data(),
                                              offsets.data(), types.data(), made);
  });
}

// MPI asks for one at least; MPICH does not look, and crashes.
void require_dimensions(const Counts& sizes) {
  if (sizes.empty()) {
    raise_mpi_error(MPI_ERR_ARG);
  }
}

Ref subarray(Datatype& self, PyObject* sizes, PyObject* subsizes, PyObject* starts,
             Int<MPI_ORDER_C> order) {
  const auto all = integers<Count>(sizes);
  require_dimensions(all);
  const auto part = integers<Count>(subsizes, all.size());
  const auto first = integers<Count>(starts, all.size());
  return make(self, [&](auto* made) {
    return PYLAUNCH_C(MPI_Type_create_subarray)(static_cast<int>(all.size()), all.data(),
                                                part.data(), first.data(), order, self.ob_mpi,
                                                made);
  });
}

Ref distributed_array(Datatype& self, int size, int rank, PyObject* gsizes, PyObject* distribs,
                      PyObject* dargs, PyObject* psizes, Int<MPI_ORDER_C> order) {
  const auto sizes = integers<Count>(gsizes);
  require_dimensions(sizes);
  const auto kinds = integers<int>(distribs, sizes.size());
  const auto arguments = integers<int>(dargs, sizes.size());
  const auto processes = integers<int>(psizes, sizes.size());
  return make(self, [&](auto* made) {
    return PYLAUNCH_C(MPI_Type_create_darray)(size, rank, static_cast<int>(sizes.size()),
                                              sizes.data(), kinds.data(), arguments.data(),
                                              processes.data(), order, self.ob_mpi, made);
  });
}

Ref resized(Datatype& self, WideDisplacement lb, WideDisplacement extent) {
  return make(self, [&](auto* made) {
    return PYLAUNCH_C(MPI_Type_create_resized)(self.ob_mpi, lb, extent, made);
  });
}

// MPI-4.1's call in terms of the pairs that every MPI has; null when there is none.
Ref value_index(PyTypeObject* type, Datatype& value, Datatype& index) {
  if (value.ob_mpi == MPI_DATATYPE_NULL || index.ob_mpi == MPI_DATATYPE_NULL) {
    raise_mpi_error(MPI_ERR_TYPE);
  }
  const std::pair<MPI_Datatype, MPI_Datatype> pairs[] = {
      {MPI_FLOAT, MPI_FLOAT_INT}, {MPI_DOUBLE, MPI_DOUBLE_INT},
      {MPI_LONG, MPI_LONG_INT},   {MPI_INT, MPI_2INT},
      {MPI_SHORT, MPI_SHORT_INT}, {MPI_LONG_DOUBLE, MPI_LONG_DOUBLE_INT},
  };
  for (const auto& [element, pair] : pairs) {
    if (index.ob_mpi == MPI_INT && value.ob_mpi == element) {
      return new_handle<Datatype>(type, pair);
    }
  }
  return new_handle<Datatype>(type, MPI_DATATYPE_NULL);
}

Ref fortran_integer(PyTypeObject* type, int r) {
  return make(type, [&](auto* made) { return MPI_Type_create_f90_integer(r, made); });
}
Ref fortran_real(PyTypeObject* type, int p, int r) {
  return make(type, [&](auto* made) { return MPI_Type_create_f90_real(p, r, made); });
}
Ref fortran_complex(PyTypeObject* type, int p, int r) {
  return make(type, [&](auto* made) { return MPI_Type_create_f90_complex(p, r, made); });
}
MPI_Datatype logical_of_size(int size) {
  for (MPI_Datatype datatype :
       {MPI_LOGICAL1, MPI_LOGICAL2, MPI_LOGICAL4, MPI_LOGICAL8, MPI_LOGICAL16}) {
    if (size > 0 && datatype_bytes(datatype) == static_cast<std::size_t>(size)) {
      return datatype;
    }
  }
  return MPI_DATATYPE_NULL;
}

// MPICH 5.0 has Fortran's logical datatypes, and does not find them.
Ref match_size(PyTypeObject* type, int typeclass, int size) {
  return make(type, [&](MPI_Datatype* made) {
    *made = typeclass == MPI_TYPECLASS_LOGICAL ? logical_of_size(size) : MPI_DATATYPE_NULL;
    return *made != MPI_DATATYPE_NULL ? MPI_SUCCESS : MPI_Type_match_size(typeclass, size, made);
  });
}

// ---- pack and unpack ---------------------------------------------------------------------------

// Memory in bytes, and how many whole datatypes it holds.
struct PackBuffers {
  BufferView in;
  BufferView out;
  WideDisplacement extent = 0;

  PackBuffers(Datatype& datatype, PyObject* inbuf, PyObject* outbuf) {
    WideDisplacement lower = 0;
    check(PYLAUNCH_C(MPI_Type_get_extent)(datatype.ob_mpi, &lower, &extent));
    in.acquire_contiguous(inbuf, Access::read);
    out.acquire_contiguous(outbuf, Access::write);
  }
  Count entries(const BufferView& view) const {
    return static_cast<Count>(extent > 0 ? view.bytes() / extent : 0);
  }
  static Count bytes(const BufferView& view) { return static_cast<Count>(view.bytes()); }
};

Count pack(Datatype& self, PyObject* inbuf, PyObject* outbuf, Count position, Comm& comm) {
  const PackBuffers buffers(self, inbuf, outbuf);
  check(PYLAUNCH_C(MPI_Pack)(buffers.in.address(), buffers.entries(buffers.in), self.ob_mpi,
                             buffers.out.address(), PackBuffers::bytes(buffers.out), &position,
                             comm.ob_mpi));
  return position;
}

Count unpack(Datatype& self, PyObject* inbuf, Count position, PyObject* outbuf, Comm& comm) {
  const PackBuffers buffers(self, inbuf, outbuf);
  check(PYLAUNCH_C(MPI_Unpack)(buffers.in.address(), PackBuffers::bytes(buffers.in), &position,
                               buffers.out.address(), buffers.entries(buffers.out), self.ob_mpi,
                               comm.ob_mpi));
  return position;
}

Count pack_size(Datatype& self, Count count, Comm& comm) {
  Count size = 0;
  check(PYLAUNCH_C(MPI_Pack_size)(count, self.ob_mpi, comm.ob_mpi, &size));
  return size;
}

#if MPI_VERSION >= 4
using ExternalPosition = MPI_Count;
#else
using ExternalPosition = MPI_Aint;
#endif

ExternalPosition pack_external(Datatype& self, Text datarep, PyObject* inbuf, PyObject* outbuf,
                               ExternalPosition position) {
  const PackBuffers buffers(self, inbuf, outbuf);
  check(PYLAUNCH_C(MPI_Pack_external)(datarep.text, buffers.in.address(),
                                      buffers.entries(buffers.in), self.ob_mpi,
                                      buffers.out.address(), buffers.out.bytes(), &position));
  return position;
}

ExternalPosition unpack_external(Datatype& self, Text datarep, PyObject* inbuf,
                                 ExternalPosition position, PyObject* outbuf) {
  const PackBuffers buffers(self, inbuf, outbuf);
  check(PYLAUNCH_C(MPI_Unpack_external)(datarep.text, buffers.in.address(), buffers.in.bytes(),
                                        &position, buffers.out.address(),
                                        buffers.entries(buffers.out), self.ob_mpi));
  return position;
}

ExternalPosition pack_external_size(Datatype& self, Text datarep, Count count) {
  ExternalPosition size = 0;
  check(PYLAUNCH_C(MPI_Pack_external_size)(datarep.text, count, self.ob_mpi, &size));
  return size;
}

}  // namespace

const std::vector<PyMethodDef>& datatype_constructor_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Dup", &duplicate>("Duplicate a datatype."),
      method<"Create_dup", &duplicate>("Duplicate a datatype."),
      method<"Create_contiguous", &contiguous, "count">("Create a contiguous datatype."),
      method<"Create_vector", &vector, "count", "blocklength", "stride">(
          "Create a vector (strided) datatype."),
      method<"Create_hvector", &hvector, "count", "blocklength", "stride">(
          "Create a vector (strided) datatype with stride in bytes."),
      method<"Create_indexed", &indexed<&PYLAUNCH_C(MPI_Type_indexed), Count>, "blocklengths",
             "displacements">("Create an indexed datatype."),
      method<"Create_hindexed", &indexed<&PYLAUNCH_C(MPI_Type_create_hindexed), WideDisplacement>,
             "blocklengths", "displacements">(
          "Create an indexed datatype, displacements in bytes."),
      method<"Create_indexed_block",
             &indexed_block<&PYLAUNCH_C(MPI_Type_create_indexed_block), Count>, "blocklength",
             "displacements">("Create an indexed datatype with constant-sized blocks."),
      method<"Create_hindexed_block",
             &indexed_block<&PYLAUNCH_C(MPI_Type_create_hindexed_block), WideDisplacement>,
             "blocklength", "displacements">(
          "Create an indexed datatype with constant-sized blocks, displacements in bytes."),
      method<"Create_struct", &structure, "blocklengths", "displacements", "datatypes">(
          "Create a general composite (struct) datatype, displacements in bytes."),
      method<"Create_subarray", &subarray, "sizes", "subsizes", "starts", "order">(
          "Create a datatype for a subarray of a multidimensional array."),
      method<"Create_darray", &distributed_array, "size", "rank", "gsizes", "distribs", "dargs",
             "psizes", "order">(
          "Create a datatype for a distributed array on Cartesian process grids."),
      method<"Create_resized", &resized, "lb", "extent">(
          "Create a datatype with a new lower bound and extent."),
      method<"Resized", &resized, "lb", "extent">(
          "Create a datatype with a new lower bound and extent."),
      method<"Get_value_index", &value_index, "value", "index">(
          "Return a predefined pair datatype."),
      method<"Create_f90_integer", &fortran_integer, "r">("Return a bounded integer datatype."),
      method<"Create_f90_real", &fortran_real, "p", "r">("Return a bounded real datatype."),
      method<"Create_f90_complex", &fortran_complex, "p", "r">(
          "Return a bounded complex datatype."),
      method<"Match_size", &match_size, "typeclass", "size">(
          "Find a datatype matching a specified size in bytes."),
  };
  return table;
}

const std::vector<PyMethodDef>& datatype_pack_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Pack", &pack, "inbuf", "outbuf", "position", "comm">(
          "Pack into contiguous memory according to datatype; return the new position."),
      method<"Unpack", &unpack, "inbuf", "position", "outbuf", "comm">(
          "Unpack from contiguous memory according to datatype; return the new position."),
      method<"Pack_size", &pack_size, "count", "comm">(
          "Determine the amount of space needed to pack a message (bytes, upper bound)."),
      method<"Pack_external", &pack_external, "datarep", "inbuf", "outbuf", "position">(
          "Pack into contiguous memory in the portable representation **external32**."),
      method<"Unpack_external", &unpack_external, "datarep", "inbuf", "position", "outbuf">(
          "Unpack from contiguous memory in the portable representation **external32**."),
      method<"Pack_external_size", &pack_external_size, "datarep", "count">(
          "Determine the amount of space needed to pack a message in **external32**."),
  };
  return table;
}

}  // namespace pylaunch::mpi
