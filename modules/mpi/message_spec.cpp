// SPDX-License-Identifier: BSD-3-Clause
#include "message_spec.hpp"

#include "message_items.hpp"
#include "special.hpp"

namespace pylaunch::mpi {

// ---- views -------------------------------------------------------------------------------------

void BufferView::acquire(PyObject* object, int flags) {
  release();
  if (PyObject_GetBuffer(object, &view_, flags) == 0) [[likely]] {
    kind_ = Kind::buffer_protocol;
    return;
  }
  acquire_device_buffer_or_rethrow(object, view_, flags);
  kind_ = Kind::device;
}

void BufferView::acquire_contiguous(PyObject* object, Access access, bool with_format) {
  acquire(object, PyBUF_ANY_CONTIGUOUS | (access == Access::write ? PyBUF_WRITABLE : 0) |
                      (with_format ? PyBUF_FORMAT : 0));
}

void BufferView::release() {
  if (kind_ == Kind::buffer_protocol) {
    PyBuffer_Release(&view_);
  } else if (kind_ == Kind::device) {
    // The destructor of a DLPack capsule may be Python code.
    PendingError error;
    Py_CLEAR(view_.obj);
    error.restore();
  }
  kind_ = Kind::none;
}

// ---- datatypes ---------------------------------------------------------------------------------

MPI_Datatype datatype_argument(PyObject* object) {
  if (is_instance<Datatype>(object)) {
    return cast<Datatype>(object).ob_mpi;
  }
  return cast<Datatype>(lookup_datatype_code(object)).ob_mpi;
}

namespace {

template <class Type>
TypeAndExtent known(MPI_Datatype datatype) {
  return {datatype, static_cast<Count>(sizeof(Type))};
}

// The formats that nearly all buffers have, without a dictionary look-up.
TypeAndExtent datatype_of_letter(char letter) {
  switch (letter) {
    case 'B': return known<unsigned char>(MPI_UNSIGNED_CHAR);
    case '?': return known<bool>(MPI_C_BOOL);
    case 'b': return known<char>(MPI_SIGNED_CHAR);
    case 'h': return known<short>(MPI_SHORT);
    case 'i': return known<int>(MPI_INT);
    case 'l': return known<long>(MPI_LONG);
    case 'q': return known<long long>(MPI_LONG_LONG);
    case 'H': return known<short>(MPI_UNSIGNED_SHORT);
    case 'I': return known<int>(MPI_UNSIGNED);
    case 'L': return known<long>(MPI_UNSIGNED_LONG);
    case 'Q': return known<long long>(MPI_UNSIGNED_LONG_LONG);
    case 'f': return known<float>(MPI_FLOAT);
    case 'd': return known<double>(MPI_DOUBLE);
    case 'g': return known<long double>(MPI_LONG_DOUBLE);
    default: return {MPI_DATATYPE_NULL, 0};
  }
}

TypeAndExtent datatype_of_format(const char* format) {
  if (format == nullptr) {
    return known<unsigned char>(MPI_UNSIGNED_CHAR);
  }
  constexpr char foreign_order = PY_BIG_ENDIAN ? '<' : '>';
  constexpr char native_order = PY_BIG_ENDIAN ? '>' : '<';
  if (format[0] == foreign_order) {
    fail(PyExc_BufferError, "buffer format '%.200s' does not have the native byte order", format);
  }
  if (format[0] == '@' || format[0] == native_order) {
    ++format;
  }
  if (format[0] != '\0' && format[1] == '\0') [[likely]] {
    const TypeAndExtent found = datatype_of_letter(format[0]);
    if (found.extent != 0) {
      return found;
    }
  }
  Ref code = own(PyUnicode_FromString(format));
  return {cast<Datatype>(lookup_datatype_code(code.get())).ob_mpi, 0};
}

Count extent_of(MPI_Datatype datatype, const char* purpose) {
  if (datatype == MPI_DATATYPE_NULL) {
    fail(PyExc_ValueError, "message: cannot %s: the datatype is null", purpose);
  }
  decltype(WideDisplacement{}) lower = 0;
  decltype(WideDisplacement{}) extent = 0;
  check(PYLAUNCH_C(MPI_Type_get_extent)(datatype, &lower, &extent));
  if (extent <= 0) {
    fail(PyExc_ValueError, "message: cannot %s: the datatype's extent is %lld", purpose,
         static_cast<long long>(extent));
  }
  return static_cast<Count>(extent);
}

// (count, displacement) in place of a count.
void split_pair(Items& items, bool lists_too) {
  PyObject* pair = items.count;
  const bool is_pair = PyTuple_Check(pair) || (lists_too && PyList_Check(pair));
  if (!is_pair) {
    items.count = given(pair);
    return;
  }
  require_items(2, PySequence_Fast_GET_SIZE(pair));
  items.count = given(PySequence_Fast_GET_ITEM(pair, 0));
  items.displacement = given(PySequence_Fast_GET_ITEM(pair, 1));
}

}  // namespace

Items unpack(PyObject* argument, bool lists_too) {
  Items items;
  if (!PyList_Check(argument) && !PyTuple_Check(argument)) {
    if (!has_device_buffer(argument)) {
      fail(PyExc_TypeError, "message: expecting buffer or list/tuple, got %.200s",
           Py_TYPE(argument)->tp_name);
    }
    items.buffer = argument;
    return items;
  }
  const Py_ssize_t size = PySequence_Fast_GET_SIZE(argument);
  if (size < 2 || size > 4) {
    fail(PyExc_ValueError, "message: expecting 2 to 4 items, got %zd", size);
  }
  items.buffer = PySequence_Fast_GET_ITEM(argument, 0);
  items.count = PySequence_Fast_GET_ITEM(argument, 1);
  if (size == 2 && names_datatype(items.count)) {
    items.datatype = std::exchange(items.count, nullptr);
  } else if (size < 4) {
    items.datatype = size == 3 ? given(PySequence_Fast_GET_ITEM(argument, 2)) : nullptr;
    split_pair(items, lists_too);
  } else {
    items.count = given(items.count);
    items.displacement = given(PySequence_Fast_GET_ITEM(argument, 2));
    items.datatype = given(PySequence_Fast_GET_ITEM(argument, 3));
  }
  return items;
}

TypeAndExtent acquire(BufferView& view, const Items& items, Access access, void*& address,
                      Py_ssize_t& bytes) {
  if (is_bottom(items.buffer)) {
    address = MPI_BOTTOM;
    bytes = 0;
    return {datatype_argument(items.datatype == nullptr ? Py_None : items.datatype), 0};
  }
  const bool needs_format = items.datatype == nullptr;
  view.acquire_contiguous(items.buffer, access, needs_format);
  address = view.address();
  bytes = view.bytes();
  return needs_format ? datatype_of_format(view.raw().format)
                      : TypeAndExtent{datatype_argument(items.datatype), 0};
}

Count entries_in(Py_ssize_t bytes, TypeAndExtent& type) {
  if (type.extent == 0) {
    type.extent = extent_of(type.datatype, "infer the count");
  }
  if (bytes % type.extent != 0) {
    fail(PyExc_ValueError,
         "message: cannot infer the count: the buffer's %zd bytes are not a multiple of the "
         "datatype's extent %lld",
         bytes, static_cast<long long>(type.extent));
  }
  const auto entries = bytes / type.extent;
  if (entries > std::numeric_limits<Count>::max()) {
    fail(PyExc_OverflowError, "message: %zd entries are more than this MPI library can count",
         static_cast<Py_ssize_t>(entries));
  }
  return static_cast<Count>(entries);
}

namespace {

// Moves the address by `displacement` entries; returns the number of bytes skipped.
Py_ssize_t skip(void*& address, PyObject* displacement, TypeAndExtent& type, Py_ssize_t bytes) {
  const auto entries = exact<MPI_Aint>(displacement);
  if (entries < 0) {
    fail(PyExc_ValueError, "message: negative displacement %zd", static_cast<Py_ssize_t>(entries));
  }
  if (entries == 0) {
    return 0;
  }
  type.extent = extent_of(type.datatype, "handle the displacement");
  if (entries > bytes / type.extent) {
    fail(PyExc_ValueError, "message: displacement %zd is out of bounds: the buffer has %zd entries",
         static_cast<Py_ssize_t>(entries), static_cast<Py_ssize_t>(bytes / type.extent));
  }
  const Py_ssize_t offset = entries * type.extent;
  address = static_cast<char*>(address) + offset;
  return offset;
}

Count explicit_count(const Items& items) {
  const auto count = exact<Count>(items.count);
  if (count < 0) {
    fail(PyExc_ValueError, "message: negative count %lld", static_cast<long long>(count));
  }
  if (count > 0 && items.buffer == Py_None) {
    fail(PyExc_ValueError, "message: the buffer is None but the count is %lld",
         static_cast<long long>(count));
  }
  return count;
}

}  // namespace

// ---- specifications ----------------------------------------------------------------------------

void BufferSpec::parse(PyObject* argument, Access access, int peer, int blocks) {
  if (peer == MPI_PROC_NULL) {
    return;
  }
  Items items;
  if (PyObject_CheckBuffer(argument)) [[likely]] {
    items.buffer = argument;
  } else {
    items = unpack(argument, true);
  }
  Py_ssize_t bytes = 0;
  TypeAndExtent type = acquire(view_, items, access, address, bytes);
  datatype = type.datatype;
  if (items.displacement != nullptr) {
    bytes -= skip(address, items.displacement, type, bytes);
  }
  if (items.count != nullptr) {
    count = explicit_count(items);
  } else if (bytes > 0) {
    count = entries_in(bytes, type);
    if (blocks > 1) {
      if (count % blocks != 0) {
        fail(PyExc_ValueError,
             "message: cannot infer the count: %lld entries are not a multiple of the "
             "number of blocks %d",
             static_cast<long long>(count), blocks);
      }
      count /= blocks;
    }
  }
}

}  // namespace pylaunch::mpi
