// SPDX-License-Identifier: BSD-3-Clause
// Win: windows of memory for one-sided communication (MPI-4.0, chapter 12). Their synchronisation
// is in win_synchronisation.cpp, the data movement in rma.cpp.
#include "accessors.hpp"
#include "attributes.hpp"
#include "buffer.hpp"
#include "comm.hpp"
#include "live_handles.hpp"
#include "message_spec.hpp"
#include "module.hpp"
#include "rma.hpp"
#include "special.hpp"

namespace pylaunch::mpi {

PyTypeObject Win::type{};

namespace {

struct CommOrSelf {
  MPI_Comm handle;
};

}  // namespace

template <>
struct Argument<CommOrSelf> {
  static constexpr bool optional = true;
  static CommOrSelf from(PyObject* object) {
    return {object == nullptr ? MPI_COMM_SELF : Argument<Intracomm&>::from(object).ob_mpi};
  }
};

namespace {

#if MPI_VERSION >= 4
using DisplacementUnit = MPI_Aint;
#else
using DisplacementUnit = int;
#endif
using Unit = Int<DisplacementUnit{1}>;

// ---- making ------------------------------------------------------------------------------------

// `call(&handle)` makes the window; `memory` stays alive as long as it.
template <class Call>
Ref make(PyTypeObject* type, Call call, Ref memory = {}) {
  MPI_Win handle = MPI_WIN_NULL;
  int error = MPI_SUCCESS;
  {
    WithoutGil released;
    error = call(&handle);
  }
  check(error);
  Ref object = new_handle<Win>(type, handle);
  remember_live(LiveWindow{handle}, memory.get());
  cast<Win>(object.get()).ob_mem = memory.release();
  set_win_error_policy(handle);
  return object;
}

struct Memory {
  Ref owner;
  void* base = MPI_BOTTOM;
  MPI_Aint size = 0;
};

Memory memory_argument(PyObject* object) {
  if (is_bottom(object)) {
    return {};
  }
  auto view = std::make_unique<BufferView>();
  view->acquire_contiguous(object, Access::write);
  Memory memory{{}, view->address(), static_cast<MPI_Aint>(view->bytes())};
  memory.owner = keep_alive(std::move(view));
  return memory;
}

Ref create(PyTypeObject* type, PyObject* memory, Unit disp_unit, InfoOrNull info, CommOrSelf comm) {
  Memory exposed = memory_argument(memory);
  return make(
      type,
      [&](MPI_Win* win) {
        return PYLAUNCH_C(MPI_Win_create)(exposed.base, exposed.size, disp_unit, info, comm.handle,
                                          win);
      },
      std::move(exposed.owner));
}

template <auto Function>
Ref allocate(PyTypeObject* type, MPI_Aint size, Unit disp_unit, InfoOrNull info, CommOrSelf comm) {
  void* base = nullptr;
  return make(
      type, [&](MPI_Win* win) { return Function(size, disp_unit, info, comm.handle, &base, win); });
}

Ref create_dynamic(PyTypeObject* type, InfoOrNull info, CommOrSelf comm) {
  return make(
      type, [&](MPI_Win* win) { return MPI_Win_create_dynamic(info, comm.handle, win); },
      own(PyDict_New()));
}

// Memory of a dynamic window, by address.
PyObject* attached_memory(Win& self) {
  if (self.ob_mem == nullptr || !PyDict_Check(self.ob_mem)) {
    Ref previous(std::exchange(self.ob_mem, own(PyDict_New()).release()));
  }
  return self.ob_mem;
}

Memory attachable(PyObject* object) {
  if (is_bottom(object)) {
    fail(PyExc_TypeError, "expecting memory, got %.200s", Py_TYPE(object)->tp_name);
  }
  return memory_argument(object);
}

void attach(Win& self, PyObject* memory) {
  const Memory exposed = attachable(memory);
  blocking(MPI_Win_attach, self.ob_mpi, exposed.base, exposed.size);
  Ref key = own(PyLong_FromVoidPtr(exposed.base));
  succeed(PyDict_SetItem(attached_memory(self), key.get(), exposed.owner.get()));
}

void detach(Win& self, PyObject* memory) {
  const Memory exposed = attachable(memory);
  blocking(MPI_Win_detach, self.ob_mpi, static_cast<const void*>(exposed.base));
  Ref key = own(PyLong_FromVoidPtr(exposed.base));
  if (PyDict_DelItem(attached_memory(self), key.get()) != 0) {
    PyErr_Clear();
  }
}

void free_win(Win& self) {
  MPI_Win handle = self.ob_mpi;
  forget_live(LiveWindow{handle});
  blocking(MPI_Win_free, &handle);
  if ((self.flags & kConstant) == 0) {
    self.ob_mpi = handle;
  }
  Py_CLEAR(self.ob_mem);
}

// ---- what it is --------------------------------------------------------------------------------

template <class Type>
Type* attribute(Win& self, int key) {
  void* value = nullptr;
  int found = 0;
  check(MPI_Win_get_attr(self.ob_mpi, key, static_cast<void*>(&value), &found));
  return found != 0 ? static_cast<Type*>(value) : nullptr;
}

struct Attributes {
  void* base = nullptr;
  MPI_Aint size = 0;
  int unit = 1;
};

Attributes attributes_of(Win& self) {
  Attributes found;
  found.base = attribute<void>(self, MPI_WIN_BASE);
  if (const MPI_Aint* size = attribute<MPI_Aint>(self, MPI_WIN_SIZE)) {
    found.size = *size;
  }
  if (const int* unit = attribute<int>(self, MPI_WIN_DISP_UNIT)) {
    found.unit = *unit;
  }
  return found;
}

Ref attrs(Win& self) {
  const Attributes found = attributes_of(self);
  return tuple_of(reinterpret_cast<long>(found.base), static_cast<long>(found.size), found.unit);
}

int flavor(Win& self) {
  const int* value = attribute<int>(self, MPI_WIN_CREATE_FLAVOR);
  return value == nullptr ? MPI_WIN_FLAVOR_CREATE : *value;
}
int model(Win& self) {
  const int* value = attribute<int>(self, MPI_WIN_MODEL);
  return value == nullptr ? MPI_WIN_SEPARATE : *value;
}

int get_buffer(PyObject* object, Py_buffer* view, int flags) {
  try {
    const Attributes found = attributes_of(cast<Win>(object));
    return PyBuffer_FillInfo(view, object, found.base, found.size, 0, flags);
  } catch (const PythonError&) {
    return -1;
  }
}

Ref to_memory(Win& self) { return buffer_from(self.as_object(), false); }

Ref shared_query(Win& self, int rank) {
  void* base = nullptr;
  MPI_Aint size = 0;
  DisplacementUnit unit = 1;
  blocking(PYLAUNCH_C(MPI_Win_shared_query), self.ob_mpi, rank, &size, &unit,
           static_cast<void*>(&base));
  return tuple_of(buffer_within(self.as_object(), base, size, false), unit);
}

std::string get_name(Win& self) { return name_of<&MPI_Win_get_name>(self, "MPI_WIN_NULL"); }
void set_name(Win& self, Text name) { check(MPI_Win_set_name(self.ob_mpi, name.text)); }

const std::vector<PyMethodDef>& own_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Create", &create, "memory", "disp_unit", "info", "comm">(
          "Create a window over existing memory."),
      method<"Allocate", &allocate<&PYLAUNCH_C(MPI_Win_allocate)>, "size", "disp_unit", "info",
             "comm">("Create a window with `size` bytes of new memory."),
      method<"Allocate_shared", &allocate<&PYLAUNCH_C(MPI_Win_allocate_shared)>, "size",
             "disp_unit", "info", "comm">(
          "Create a window with `size` bytes of memory that all processes share."),
      method<"Shared_query", &shared_query, "rank">(
          "Query the process-local address for remote memory segments: (buffer, disp_unit)."),
      method<"Create_dynamic", &create_dynamic, "info", "comm">(
          "Create a window without memory; see `Attach`."),
      method<"Attach", &attach, "memory">("Attach a local memory region."),
      method<"Detach", &detach, "memory">("Detach a local memory region."),
      method<"Free", &free_win>("Free a window."),
      method<"Set_info", &set_info<Win, &MPI_Win_set_info>, "info">(
          "Set new values for the hints associated with a window."),
      method<"Get_info", &get_info<Win, &MPI_Win_get_info>>(
          "Return the current hints for a window."),
      method<"Get_group", &get_group<Win, &MPI_Win_get_group>>(
          "Access the group of processes that created the window."),
      method<"tomemory", &to_memory>("Return window memory buffer."),
      method<"Get_name", &get_name>("Get the print name for this window."),
      method<"Set_name", &set_name, "name">("Set the print name for this window."),
      PYLAUNCH_HANDLE_METHODS(Win),
  };
  return table;
}

}  // namespace

void Win::free(Win& self) { free_win(self); }

void add_win(PyObject* module) {
  static PyGetSetDef properties[] = {
      PYLAUNCH_HANDLE_PROPERTY(Win),
      property<&get_info<Win, &MPI_Win_get_info>, &set_info<Win, &MPI_Win_set_info>>("info",
                                                                                     "Info hints."),
      property<&get_group<Win, &MPI_Win_get_group>>("group", "Group."),
      property<&of_group<Win, &MPI_Win_get_group, &MPI_Group_size>>("group_size", "Group size."),
      property<&of_group<Win, &MPI_Win_get_group, &MPI_Group_rank>>("group_rank", "Group rank."),
      property<&attrs>("attrs", "Attributes: (base, size, disp_unit)."),
      property<&flavor>("flavor", "Create flavor."),
      property<&model>("model", "Memory model."),
      property<&get_name, &set_name>("name", "Print name."),
      end_of_properties(),
  };
  static PyBufferProcs buffer{&get_buffer, nullptr};
  Win::type.tp_as_buffer = &buffer;
  define_handle_type<Win>(module,
                          {"mpi4py.MPI.Win", "Remote memory access context.",
                           joined({&own_methods(), &synchronisation_methods(), &rma_methods(),
                                   &attribute_methods_of_win(), &errhandler_methods_of_win()}),
                           properties});
  define_constant<Win>(module, "WIN_NULL", MPI_WIN_NULL);
}

}  // namespace pylaunch::mpi
