// SPDX-License-Identifier: BSD-3-Clause
// Request and its completion (MPI-4.0, section 3.7), by one call or for many requests at once.
#include "request.hpp"

#include "comm.hpp"
#include "module.hpp"
#include "pickle.hpp"

namespace pylaunch::mpi {

PyTypeObject Request::type{};
PyTypeObject Prequest::type{};

namespace {

constexpr const char* kPendingObject = "pylaunch.pending_object";
constexpr const char* kFinishedObject = "pylaunch.finished_object";

// ---- one request -------------------------------------------------------------------------------

bool wait(Request& self, Status* status) {
  blocking(MPI_Wait, &self.ob_mpi, status_pointer(status));
  forget_if_complete(self);
  return true;
}

bool test(Request& self, Status* status) {
  int flag = 0;
  blocking(MPI_Test, &self.ob_mpi, &flag, status_pointer(status));
  forget_if_complete(self);
  return flag != 0;
}

bool get_status(Request& self, Status* status) {
  int flag = 0;
  blocking(MPI_Request_get_status, self.ob_mpi, &flag, status_pointer(status));
  return flag != 0;
}

Ref wait_object(Request& self, Status* status) {
  MPI_Status own_status = empty_status();
  MPI_Status* used = status == nullptr ? &own_status : &status->ob_mpi;
  blocking(MPI_Wait, &self.ob_mpi, used);
  Ref buffer = Ref::borrow(self.ob_buf);
  forget_if_complete(self);
  return load_result(buffer.get(), used);
}

Ref test_object(Request& self, Status* status) {
  MPI_Status own_status = empty_status();
  MPI_Status* used = status == nullptr ? &own_status : &status->ob_mpi;
  int flag = 0;
  blocking(MPI_Test, &self.ob_mpi, &flag, used);
  if (flag == 0) {
    return tuple_of(false, Ref::borrow(Py_None));
  }
  Ref buffer = Ref::borrow(self.ob_buf);
  forget_if_complete(self);
  return tuple_of(true, load_result(buffer.get(), used));
}

void cancel(Request& self) { blocking(MPI_Cancel, &self.ob_mpi); }

void free_request(Request& self) { free_and_keep_constants(self, MPI_Request_free); }

// ---- persistent requests -----------------------------------------------------------------------

void start_persistent(Prequest& self) { blocking(MPI_Start, &self.ob_mpi); }

#if MPI_VERSION >= 4
void ready(Prequest& self, int partition) { check(MPI_Pready(partition, self.ob_mpi)); }
void ready_range(Prequest& self, int low, int high) {
  check(MPI_Pready_range(low, high, self.ob_mpi));
}
void ready_list(Prequest& self, PyObject* partitions) {
  auto list = integers<int>(partitions);
  check(MPI_Pready_list(static_cast<int>(list.size()), list.data(), self.ob_mpi));
}
bool arrived(Prequest& self, int partition) {
  int flag = 0;
  check(MPI_Parrived(self.ob_mpi, partition, &flag));
  return flag != 0;
}
#endif

// ---- classes -----------------------------------------------------------------------------------

const std::vector<PyMethodDef>& own_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Wait", &wait, "status">("Wait for a non-blocking operation to complete."),
      method<"Test", &test, "status">("Test for the completion of a non-blocking operation."),
      method<"Get_status", &get_status, "status">(
          "Non-destructive test for the completion of a request."),
      method<"Cancel", &cancel>("Cancel a request."),
      method<"Free", &free_request>("Free a communication request."),
      method<"wait", &wait_object, "status">(
          "Wait for a non-blocking operation to complete; return the received object."),
      method<"test", &test_object, "status">(
          "Test for the completion of a non-blocking operation: (flag, object)."),
      method<"get_status", &get_status, "status">(
          "Non-destructive test for the completion of a request."),
      method<"cancel", &cancel>("Cancel a request."),
      PYLAUNCH_HANDLE_METHODS(Request),
  };
  return table;
}

const std::vector<PyMethodDef>& persistent_methods() {
  static const std::vector<PyMethodDef> table {
    method<"Start", &start_persistent>("Initiate a communication with a persistent request."),
#if MPI_VERSION >= 4
        method<"Pready", &ready, "partition">("Mark a given partition as ready."),
        method<"Pready_range", &ready_range, "partition_low", "partition_high">(
            "Mark a range of partitions as ready."),
        method<"Pready_list", &ready_list, "partitions">("Mark a sequence of partitions as ready."),
        method<"Parrived", &arrived, "partition">(
            "Test partial completion of a partitioned receive operation."),
#endif
  };
  return table;
}

// Prequest(request) accepts only another Prequest, unless it is null.
PyObject* make_persistent(PyTypeObject* type, PyObject* args, PyObject* kwds) {
  return guarded([&] {
    Ref object = own(handle_new<Request>(type, args, kwds));
    if (cast<Request>(object.get()).ob_mpi != MPI_REQUEST_NULL) {
      PyObject* source = optional_argument(type->tp_name, &Prequest::type, args, kwds);
      static_cast<void>(source);
    }
    return object.release();
  });
}

}  // namespace

PendingObject::~PendingObject() {
  // Of a request that was dropped MPI may still write: better lose the address space.
  if (is_done) {
    give_back(reservation, used == 0 ? reservation.capacity : used);
  }
}

void Request::free(Request& self) { free_request(self); }

Ref load_result(PyObject* buffer, MPI_Status* status) {
  if (buffer != nullptr && PyCapsule_IsValid(buffer, kPendingObject)) {
    auto* memory = static_cast<PendingObject*>(PyCapsule_GetPointer(buffer, kPendingObject));
    Count count = 0;
    check(PYLAUNCH_C(MPI_Get_count)(status, MPI_BYTE, &count));
    const auto bytes = static_cast<Py_ssize_t>(std::max(count, Count{0}));
    if (bytes == 0) {
      return Ref::borrow(Py_None);
    }
    memory->used = static_cast<std::size_t>(bytes);
    return memory->bytes ? pickle_load_part(memory->bytes.get(), memory->address, bytes)
                         : pickle_load_copied(memory->address, bytes);
  }
  if (buffer != nullptr && PyCapsule_IsValid(buffer, kFinishedObject)) {
    return Ref::borrow(static_cast<Ref*>(PyCapsule_GetPointer(buffer, kFinishedObject))->get());
  }
  return Ref::borrow(Py_None);
}

void forget_if_complete(Request& request) {
  if (request.ob_mpi == MPI_REQUEST_NULL && request.ob_buf != nullptr) {
    if (PyCapsule_IsValid(request.ob_buf, kPendingObject) != 0) {
      static_cast<PendingObject*>(PyCapsule_GetPointer(request.ob_buf, kPendingObject))->is_done =
          true;
    }
    Py_CLEAR(request.ob_buf);
  }
}

MPI_Status empty_status() {
  MPI_Status status{};
  status.MPI_SOURCE = MPI_ANY_SOURCE;
  status.MPI_TAG = MPI_ANY_TAG;
  status.MPI_ERROR = MPI_SUCCESS;
  return status;
}

Ref pending_object(std::unique_ptr<PendingObject> memory) {
  return keep_alive(std::move(memory), kPendingObject);
}

Ref finished_object(PyObject* object) {
  return keep_alive(std::make_unique<Ref>(Ref::borrow(object)), kFinishedObject);
}

template <>
Ref handle_from<Request>(PyTypeObject* type, MPI_Request handle) {
  if (PyType_IsSubtype(type, &Prequest::type)) {
    return new_handle<Prequest>(handle);
  }
  if (PyType_IsSubtype(type, &Grequest::type)) {
    Ref object = new_handle<Grequest>(handle);
    cast<Grequest>(object.get()).ob_grequest = handle;
    return object;
  }
  return new_handle<Request>(handle);
}

void add_request(PyObject* module) {
  static PyGetSetDef properties[] = {
      PYLAUNCH_HANDLE_PROPERTY(Request),
      end_of_properties(),
  };
  define_handle_type<Request>(module,
                              {"mpi4py.MPI.Request", "Request handler.",
                               joined({&own_methods(), &many_request_methods()}), properties});
  define_handle_type<Prequest>(
      module,
      {"mpi4py.MPI.Prequest", "Persistent request handler.",
       joined({&persistent_methods(), &start_all_methods()}), nullptr, &Request::type},
      &make_persistent);
  add_grequest(module);
  define_constant<Request>(module, "REQUEST_NULL", MPI_REQUEST_NULL);
}

}  // namespace pylaunch::mpi
