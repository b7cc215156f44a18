// SPDX-License-Identifier: BSD-3-Clause
// Several objects in one buffer, for gather, scatter and alltoall of objects.
#include <algorithm>

#include "handle.hpp"
#include "module.hpp"
#include "pickle.hpp"

namespace pylaunch::mpi {

PickledBlocks pickle_dump_all(PyObject* sequence, int expected) {
  PickledBlocks blocks;
  Ref items = sequence == Py_None ? Ref() : own(PySequence_List(sequence));
  if (items) {
    require_items(static_cast<std::size_t>(expected), PyList_GET_SIZE(items.get()));
  }
  std::vector<Pickled> parts;
  Py_ssize_t total = 0;
  for (Py_ssize_t index = 0; index < expected; ++index) {
    parts.push_back(pickle_dump(items ? PyList_GET_ITEM(items.get(), index) : Py_None));
    blocks.counts.push_back(parts.back().size());
    blocks.displacements.push_back(static_cast<Displacement>(total));
    total += static_cast<Py_ssize_t>(parts.back().size());
  }
  blocks.bytes = receive_buffer(total);
  char* end = bytes_data(blocks.bytes);
  for (const Pickled& part : parts) {
    end = std::copy_n(part.data(), part.size(), end);
  }
  return blocks;
}

Ref pickle_load_all(PyObject* bytes, const Counts& counts, const Displacements& displacements) {
  Ref list = own(PyList_New(static_cast<Py_ssize_t>(counts.size())));
  for (std::size_t index = 0; index < counts.size(); ++index) {
    Ref item = pickle_load_part(bytes, PyBytes_AS_STRING(bytes) + displacements[index],
                                static_cast<Py_ssize_t>(counts[index]));
    PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(index), item.release());
  }
  return list;
}

}  // namespace pylaunch::mpi
