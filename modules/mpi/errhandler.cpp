// SPDX-License-Identifier: BSD-3-Clause
// Errhandler (MPI-4.0, section 9.3), predefined ones and Python callables.
#include "errhandler.hpp"

#include <array>

#include "comm.hpp"
#include "module.hpp"
#include "rma.hpp"

namespace pylaunch::mpi {

PyTypeObject Errhandler::type{};

namespace {

void free_errhandler(Errhandler& self) { free_and_keep_constants(self, MPI_Errhandler_free); }

// ---- Python callables --------------------------------------------------------------------------

// MPI gives a handler no user data, so each Python function has a C function of its own. The slots
// are never given back: MPI does not tell when the last use of a handler ends.
constexpr std::size_t kSlots = 32;

template <class Object>
std::array<PyObject*, kSlots>& functions() {
  static std::array<PyObject*, kSlots> slots{};
  return slots;
}

template <class Object>
void call_function(std::size_t slot, typename Object::Handle handle, int error) {
  if (Py_IsInitialized() == 0) {
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  WithGil locked;
  try {
    Ref object = handle_from<Object>(&Object::type, handle);
    Ref code = own(to_python(error));
    PyObject* args[] = {object.get(), code.get()};
    own(PyObject_Vectorcall(functions<Object>()[slot], args, 2, nullptr));
    cast<Object>(object.get()).ob_mpi = Object::null();
  } catch (const PythonError&) {
    PyErr_Print();
    PySys_WriteStderr("Fatal Python error: exception in user-defined error handler function\n");
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
}

template <class Object, std::size_t slot>
void on_error(typename Object::Handle* handle, int* error, ...) {
  call_function<Object>(slot, *handle, *error);
}

template <class Object>
using Callback = void (*)(typename Object::Handle*, int*, ...);

template <class Object, std::size_t... Index>
constexpr std::array<Callback<Object>, kSlots> callbacks(std::index_sequence<Index...>) {
  return {&on_error<Object, Index>...};
}

// MPI's functions for one class.
template <class Object>
struct Calls;
#define PYLAUNCH_ERRHANDLER_CALLS(Object, Prefix)                                         \
  template <>                                                                             \
  struct Calls<Object> {                                                                  \
    using Handle = Object::Handle;                                                        \
    static int create(Callback<Object> f, MPI_Errhandler* e) {                            \
      return Prefix##_create_errhandler(f, e);                                            \
    }                                                                                     \
    static int get(Handle h, MPI_Errhandler* e) { return Prefix##_get_errhandler(h, e); } \
    static int set(Handle h, MPI_Errhandler e) { return Prefix##_set_errhandler(h, e); }  \
    static int call(Handle h, int code) { return Prefix##_call_errhandler(h, code); }     \
  };
PYLAUNCH_ERRHANDLER_CALLS(Comm, MPI_Comm)
PYLAUNCH_ERRHANDLER_CALLS(Win, MPI_Win)
PYLAUNCH_ERRHANDLER_CALLS(File, MPI_File)
#if MPI_VERSION >= 4
PYLAUNCH_ERRHANDLER_CALLS(Session, MPI_Session)
#endif

template <class Object>
Ref create(PyTypeObject*, PyObject* errhandler_fn) {
  static constexpr auto table = callbacks<Object>(std::make_index_sequence<kSlots>());
  if (PyCallable_Check(errhandler_fn) == 0) {
    fail(PyExc_TypeError, "expecting a callable, got %.200s", Py_TYPE(errhandler_fn)->tp_name);
  }
  auto& slots = functions<Object>();
  std::size_t slot = 0;
  while (slot < kSlots && slots[slot] != nullptr) {
    ++slot;
  }
  if (slot == kSlots) {
    fail(PyExc_RuntimeError, "cannot create too many user-defined error handlers");
  }
  MPI_Errhandler handle = MPI_ERRHANDLER_NULL;
  check(Calls<Object>::create(table[slot], &handle));
  slots[slot] = Ref::borrow(errhandler_fn).release();
  return new_handle<Errhandler>(handle);
}

template <class Object>
Ref get(Object& self) {
  MPI_Errhandler handle = MPI_ERRHANDLER_NULL;
  check(Calls<Object>::get(self.ob_mpi, &handle));
  return new_handle<Errhandler>(handle);
}
template <class Object>
void set(Object& self, Errhandler& errhandler) {
  check(Calls<Object>::set(self.ob_mpi, errhandler.ob_mpi));
}
template <class Object>
void call(Object& self, int errorcode) {
  check(Calls<Object>::call(self.ob_mpi, errorcode));
}

template <class Object>
std::vector<PyMethodDef> methods() {
  return {
      method<"Create_errhandler", &create<Object>, "errhandler_fn">(
          "Create an error handler from function(object, errorcode)."),
      method<"Get_errhandler", &get<Object>>("Get the error handler of this object."),
      method<"Set_errhandler", &set<Object>, "errhandler">("Set the error handler of this object."),
      method<"Call_errhandler", &call<Object>, "errorcode">(
          "Call the error handler installed on this object."),
  };
}

}  // namespace

void Errhandler::free(Errhandler& self) { free_errhandler(self); }

const std::vector<PyMethodDef>& errhandler_methods_of_comm() {
  static const std::vector<PyMethodDef> table = methods<Comm>();
  return table;
}
const std::vector<PyMethodDef>& errhandler_methods_of_win() {
  static const std::vector<PyMethodDef> table = methods<Win>();
  return table;
}
const std::vector<PyMethodDef>& errhandler_methods_of_file() {
  static const std::vector<PyMethodDef> table = methods<File>();
  return table;
}
#if MPI_VERSION >= 4
const std::vector<PyMethodDef>& errhandler_methods_of_session() {
  static const std::vector<PyMethodDef> table = methods<Session>();
  return table;
}
#endif

void add_errhandler(PyObject* module) {
  static PyMethodDef methods[] = {
      method<"Free", &free_errhandler>("Free an error handler."),
      PYLAUNCH_HANDLE_METHODS(Errhandler),
      end_of_methods(),
  };
  static PyGetSetDef properties[] = {
      PYLAUNCH_HANDLE_PROPERTY(Errhandler),
      end_of_properties(),
  };
  define_handle_type<Errhandler>(module,
                                 {"mpi4py.MPI.Errhandler", "Error handler.", methods, properties});
  define_constant<Errhandler>(module, "ERRHANDLER_NULL", MPI_ERRHANDLER_NULL);
  define_constant<Errhandler>(module, "ERRORS_RETURN", MPI_ERRORS_RETURN);
#if MPI_VERSION >= 4
  define_constant<Errhandler>(module, "ERRORS_ABORT", MPI_ERRORS_ABORT);
#else
  define_constant<Errhandler>(module, "ERRORS_ABORT", MPI_ERRHANDLER_NULL);
#endif
  define_constant<Errhandler>(module, "ERRORS_ARE_FATAL", MPI_ERRORS_ARE_FATAL);
}

}  // namespace pylaunch::mpi
