// SPDX-License-Identifier: BSD-3-Clause
// Generalized requests: operations that Python code completes (MPI-4.0, section 13.2).
#include <cstring>

#include "module.hpp"
#include "request.hpp"

namespace pylaunch::mpi {

PyTypeObject Grequest::type{};

namespace {

// The user's callbacks and their arguments; MPI owns it until it calls `free`.
struct Callbacks {
  Ref query;
  Ref free;
  Ref cancel;
  Ref args;
  Ref keywords;

  // Calls `function` with an optional first argument and the user's own.
  void call(PyObject* function, PyObject* first) {
    const Py_ssize_t count = PyTuple_GET_SIZE(args.get());
    const Py_ssize_t shift = first == nullptr ? 0 : 1;
    Ref all = own(PyTuple_New(count + shift));
    if (first != nullptr) {
      PyTuple_SET_ITEM(all.get(), 0, Ref::borrow(first).release());
    }
    for (Py_ssize_t index = 0; index < count; ++index) {
      PyTuple_SET_ITEM(all.get(), index + shift,
                       Ref::borrow(PyTuple_GET_ITEM(args.get(), index)).release());
    }
    own(PyObject_Call(function, all.get(), keywords.get()));
  }
};

int on_query(void* state, MPI_Status* status) {
  return called_by_mpi([&] {
    auto& callbacks = *static_cast<Callbacks*>(state);
    std::memset(status, 0, sizeof *status);
    status->MPI_SOURCE = MPI_ANY_SOURCE;
    status->MPI_TAG = MPI_ANY_TAG;
    MPI_Status_set_elements(status, MPI_BYTE, 0);
    MPI_Status_set_cancelled(status, 0);
    if (callbacks.query.get() == Py_None) {
      return;
    }
    Ref object = own(PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&Status::type)));
    cast<Status>(object.get()).ob_mpi = *status;
    callbacks.call(callbacks.query.get(), object.get());
    *status = cast<Status>(object.get()).ob_mpi;
    if (callbacks.cancel.get() == Py_None) {
      MPI_Status_set_cancelled(status, 0);
    }
  });
}

int on_free(void* state) {
  return called_by_mpi([&] {
    std::unique_ptr<Callbacks> callbacks(static_cast<Callbacks*>(state));
    if (callbacks->free.get() != Py_None) {
      callbacks->call(callbacks->free.get(), nullptr);
    }
  });
}

int on_cancel(void* state, int completed) {
  return called_by_mpi([&] {
    auto& callbacks = *static_cast<Callbacks*>(state);
    if (callbacks.cancel.get() != Py_None) {
      callbacks.call(callbacks.cancel.get(), completed != 0 ? Py_True : Py_False);
    }
  });
}

Ref start(PyTypeObject*, Optional query_fn, Optional free_fn, Optional cancel_fn, Optional args,
          Optional kwargs) {
  auto callbacks = std::make_unique<Callbacks>();
  callbacks->query = Ref::borrow(query_fn);
  callbacks->free = Ref::borrow(free_fn);
  callbacks->cancel = Ref::borrow(cancel_fn);
  callbacks->args = own(args.is_none() ? PyTuple_New(0) : PySequence_Tuple(args));
  callbacks->keywords = own(PyDict_New());
  if (!kwargs.is_none()) {
    succeed(PyDict_Update(callbacks->keywords.get(), kwargs));
  }
  Ref object = new_handle<Grequest>();
  Grequest& self = cast<Grequest>(object.get());
  blocking(MPI_Grequest_start, &on_query, &on_free, &on_cancel, static_cast<void*>(callbacks.get()),
           &self.ob_mpi);
  static_cast<void>(callbacks.release());
  self.ob_grequest = self.ob_mpi;
  return object;
}

void complete(Grequest& self) {
  if (self.ob_mpi != MPI_REQUEST_NULL && self.ob_mpi != self.ob_grequest) {
    raise_mpi_error(MPI_ERR_REQUEST);
  }
  const MPI_Request request = self.ob_grequest;
  self.ob_grequest = self.ob_mpi;
  blocking(MPI_Grequest_complete, request);
  self.ob_grequest = self.ob_mpi;
}

void complete_object(Grequest& self, Optional object) {
  Ref previous(std::exchange(self.ob_buf, finished_object(object).release()));
  complete(self);
}

PyObject* new_grequest(PyTypeObject* type, PyObject* args, PyObject* kwds) {
  return guarded([&] {
    Ref object = own(handle_new<Request>(type, args, kwds));
    Grequest& self = cast<Grequest>(object.get());
    self.ob_grequest = self.ob_mpi;
    if (self.ob_mpi != MPI_REQUEST_NULL) {
      PyObject* source = optional_argument(type->tp_name, &Grequest::type, args, kwds);
      self.ob_grequest = cast<Grequest>(source).ob_grequest;
    }
    return object.release();
  });
}

}  // namespace

void add_grequest(PyObject* module) {
  static PyMethodDef methods[] = {
      method<"Start", &start, "query_fn", "free_fn", "cancel_fn", "args", "kwargs">(
          "Create and return a user-defined request."),
      method<"Complete", &complete>("Notify that a user-defined request is complete."),
      method<"complete", &complete_object, "obj">(
          "Notify that a user-defined request is complete; `wait` returns `obj`."),
      end_of_methods(),
  };
  define_handle_type<Grequest>(
      module,
      {"mpi4py.MPI.Grequest", "Generalized request handler.", methods, nullptr, &Request::type},
      &new_grequest);
}

}  // namespace pylaunch::mpi
