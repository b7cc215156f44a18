// SPDX-License-Identifier: BSD-3-Clause
// Python callables as MPI operations. MPI tells a callback neither which operation it works for
// nor any user data, so each live operation gets a C function of its own out of a fixed set.
#include <array>

#include "buffer.hpp"
#include "handle.hpp"
#include "large_count.hpp"
#include "op.hpp"

namespace pylaunch::mpi {
namespace {

constexpr std::size_t kSlots = 32;
constexpr unsigned kSlotShift = 24;  // an Op's slot number, from 1, is in the top byte of its flags

struct Slot {
  PyObject* function = nullptr;
  unsigned uses = 0;  // by reductions under way
  bool is_freed = false;
};
std::array<Slot, kSlots + 1> slots{};

void clear(Slot& slot) {
  slot.is_freed = false;
  Py_CLEAR(slot.function);
}

unsigned slot_of(const Op& op) { return op.flags >> kSlotShift; }
void set_slot(Op& op, unsigned slot) {
  op.flags = (op.flags & ((1u << kSlotShift) - 1)) | (slot << kSlotShift);
}

// MPI cannot report an error from here, so an exception ends the job.
[[noreturn]] void abort_job() {
  PyErr_Print();
  PySys_WriteStderr("Fatal Python error: exception in user-defined reduction operation\n");
  MPI_Abort(MPI_COMM_WORLD, 1);
  Py_FatalError("MPI_Abort returned");
}

void call_function(unsigned slot, void* in, void* inout, Py_ssize_t bytes, MPI_Datatype datatype) {
  if (Py_IsInitialized() == 0) {
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  WithGil locked;
  try {
    Ref left = buffer_over(in, bytes);
    Ref right = buffer_over(inout, bytes);
    Ref type = new_handle<Datatype>(datatype);
    PyObject* args[] = {left.get(), right.get(), type.get()};
    PyObject* function = slots[slot].function;
    if (function == nullptr) {
      fail(PyExc_RuntimeError, "the operation was freed");
    }
    own(PyObject_Vectorcall(function, args, 3, nullptr));
    cast<Datatype>(type.get()).ob_mpi = MPI_DATATYPE_NULL;
  } catch (const PythonError&) {
    abort_job();
  }
}

template <unsigned slot>
void callback(void* in, void* inout, Count* count, MPI_Datatype* datatype) {
  decltype(WideDisplacement{}) lower = 0;
  decltype(WideDisplacement{}) extent = 0;
  PYLAUNCH_C(MPI_Type_get_extent)(*datatype, &lower, &extent);
  call_function(slot, in, inout, static_cast<Py_ssize_t>(*count * extent), *datatype);
}

using Callback = void (*)(void*, void*, Count*, MPI_Datatype*);

template <std::size_t... Index>
constexpr std::array<Callback, kSlots + 1> callbacks(std::index_sequence<Index...>) {
  return {nullptr, &callback<Index + 1>...};
}
constexpr auto kCallbacks = callbacks(std::make_index_sequence<kSlots>());

unsigned take_slot(PyObject* function) {
  for (unsigned slot = 1; slot <= kSlots; ++slot) {
    if (slots[slot].function == nullptr) {
      slots[slot].function = Ref::borrow(function).release();
      return slot;
    }
  }
  fail(PyExc_RuntimeError, "cannot create too many user-defined reduction operations");
}

}  // namespace

void create_user_op(Op& op, PyObject* function, bool commute) {
  if (PyCallable_Check(function) == 0) {
    fail(PyExc_TypeError, "expecting a callable, got %.200s", Py_TYPE(function)->tp_name);
  }
  const unsigned slot = take_slot(function);
  set_slot(op, slot);
  const int error = PYLAUNCH_C(MPI_Op_create)(kCallbacks[slot], commute ? 1 : 0, &op.ob_mpi);
  if (error != MPI_SUCCESS) {
    forget_user_op(op);
    raise_mpi_error(error);
  }
}

PyObject* user_function(const Op& op) { return slots[slot_of(op)].function; }

void forget_user_op(Op& op) {
  Slot& slot = slots[slot_of(op)];
  set_slot(op, 0);
  if (slot.uses > 0) {
    slot.is_freed = true;
  } else {
    clear(slot);
  }
}

void UserOpUse::begin(const Op* op) {
  slot_ = op == nullptr ? 0 : slot_of(*op);
  if (slot_ != 0) {
    ++slots[slot_].uses;
  }
}

UserOpUse::~UserOpUse() {
  Slot& slot = slots[slot_];
  if (slot_ != 0 && --slot.uses == 0 && slot.is_freed) {
    clear(slot);
  }
}

}  // namespace pylaunch::mpi
