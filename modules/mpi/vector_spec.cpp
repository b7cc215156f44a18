// SPDX-License-Identifier: BSD-3-Clause
// Buffer arguments of the v- and w-collectives: blocks of different sizes.
#include "message_items.hpp"
#include "special.hpp"

namespace pylaunch::mpi {

std::vector<MPI_Datatype> datatypes_argument(PyObject* sequence, std::size_t expected) {
  require_items(expected, succeed(PySequence_Size(sequence)));
  std::vector<MPI_Datatype> datatypes;
  for (std::size_t index = 0; index < expected; ++index) {
    Ref item = own(PySequence_GetItem(sequence, static_cast<Py_ssize_t>(index)));
    datatypes.push_back(Argument<Datatype&>::from(item.get()).ob_mpi);
  }
  return datatypes;
}

namespace {

Counts counts_of_blocks(PyObject* counts, std::size_t blocks, Py_ssize_t bytes,
                        TypeAndExtent type) {
  if (counts == nullptr) {
    // As even as possible, the first blocks being the larger ones.
    const Count entries = bytes > 0 ? entries_in(bytes, type) : 0;
    Counts even(blocks);
    for (std::size_t index = 0; index < blocks; ++index) {
      const auto size = static_cast<Count>(blocks);
      even[index] = entries / size + (entries % size > static_cast<Count>(index) ? 1 : 0);
    }
    return even;
  }
  if (is_integral(counts)) {
    return Counts(blocks, Argument<Count>::from(counts));
  }
  return integers<Count>(counts, blocks);
}

Displacements displacements_of_blocks(PyObject* displacements, const Counts& counts) {
  if (displacements != nullptr && !is_integral(displacements)) {
    return integers<Displacement>(displacements, counts.size());
  }
  Displacements values(counts.size());
  if (displacements != nullptr) {
    const auto stride = Argument<Displacement>::from(displacements);
    for (std::size_t index = 0; index < values.size(); ++index) {
      values[index] = stride * static_cast<Displacement>(index);
    }
    return values;
  }
  for (std::size_t index = 1; index < values.size(); ++index) {
    values[index] = values[index - 1] + static_cast<Displacement>(counts[index - 1]);
  }
  return values;
}

}  // namespace

void VectorSpec::parse(PyObject* argument, Access access, int peer, int blocks) {
  if (peer == MPI_PROC_NULL) {
    return;
  }
  Items items;
  if (PyObject_CheckBuffer(argument)) {
    items.buffer = argument;
  } else {
    items = unpack(argument, false);
  }
  Py_ssize_t bytes = 0;
  const TypeAndExtent type = acquire(view_, items, access, address, bytes);
  datatype = type.datatype;
  counts = counts_of_blocks(items.count, static_cast<std::size_t>(blocks), bytes, type);
  displacements = displacements_of_blocks(items.displacement, counts);
}

template <class Offset>
void BasicVectorWSpec<Offset>::parse(PyObject* argument, Access access, int blocks_or_zero) {
  const auto blocks = static_cast<std::size_t>(blocks_or_zero);
  Ref fast = own(PySequence_Fast(argument, "message: expecting a list or tuple"));
  const Py_ssize_t size = PySequence_Fast_GET_SIZE(fast.get());
  if (size < 2 || size > 4) {
    fail(PyExc_ValueError, "message: expecting 2 to 4 items, got %zd", size);
  }
  PyObject** item = PySequence_Fast_ITEMS(fast.get());
  Items items{item[0], nullptr, nullptr, item[size - 1]};
  if (size == 3) {
    Ref pair = own(PySequence_Fast(item[1], "message: expecting (counts, displacements)"));
    require_items(2, PySequence_Fast_GET_SIZE(pair.get()));
    items.count = given(PySequence_Fast_GET_ITEM(pair.get(), 0));
    items.displacement = given(PySequence_Fast_GET_ITEM(pair.get(), 1));
  } else if (size == 4) {
    items.count = given(item[1]);
    items.displacement = given(item[2]);
  }
  const bool described = items.count != nullptr || items.displacement != nullptr;
  if (is_bottom(items.buffer)) {
    if (items.count == nullptr || items.displacement == nullptr) {
      fail(PyExc_ValueError, "message: BOTTOM requires counts and displacements");
    }
    address = MPI_BOTTOM;
  } else {
    view_.acquire_contiguous(items.buffer, access);
    address = view_.address();
  }
  counts = described ? integers<Count>(items.count == nullptr ? Py_None : items.count, blocks)
                     : Counts(blocks, 1);
  displacements =
      described
          ? integers<Offset>(items.displacement == nullptr ? Py_None : items.displacement, blocks)
          : std::vector<Offset>(blocks, 0);
  datatypes = datatypes_argument(items.datatype, blocks);
}

template struct BasicVectorWSpec<MPI_Aint>;
#if MPI_VERSION < 4
template struct BasicVectorWSpec<Displacement>;
#endif

}  // namespace pylaunch::mpi
