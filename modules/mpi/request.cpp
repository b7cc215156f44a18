// SPDX-License-Identifier: BSD-3-Clause
// Request and its completion (MPI-4.0, section 3.7), by one call or for many requests at once.
#include "request.hpp"

#include "module.hpp"
#include "pickle.hpp"

namespace pylaunch::mpi {

PyTypeObject Request::type{};
PyTypeObject Prequest::type{};

namespace {

constexpr const char* kPendingObject = "pylaunch.pending_object";
constexpr const char* kFinishedObject = "pylaunch.finished_object";

// The Python object that a completed operation delivers; None for all but object receives.
Ref load_result(PyObject* buffer, MPI_Status* status) {
    if (buffer != nullptr && PyCapsule_IsValid(buffer, kPendingObject)) {
        auto* memory =
            static_cast<PendingObject*>(PyCapsule_GetPointer(buffer, kPendingObject));
        Count count = 0;
        check(PYLAUNCH_C(MPI_Get_count)(status, MPI_BYTE, &count));
        return count > 0 ? pickle_load_part(buffer, memory->address,
                                            static_cast<Py_ssize_t>(count))
                         : Ref::borrow(Py_None);
    }
    if (buffer != nullptr && PyCapsule_IsValid(buffer, kFinishedObject)) {
        return Ref::borrow(
            static_cast<Ref*>(PyCapsule_GetPointer(buffer, kFinishedObject))->get());
    }
    return Ref::borrow(Py_None);
}

// Drops the buffers of a request that has become null.
void forget_if_complete(Request& request) {
    if (request.ob_mpi == MPI_REQUEST_NULL) {
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

// ---- many requests -----------------------------------------------------------------------------

// The handles of a sequence of requests, written back after the call.
class RequestArray {
public:
    explicit RequestArray(PyObject* requests, bool with_statuses = false)
        : objects_(own(PySequence_Fast(requests, "expecting a sequence of requests"))) {
        for (Py_ssize_t index = 0; index < PySequence_Fast_GET_SIZE(objects_.get()); ++index) {
            handles_.push_back(Argument<Request&>::from(item(index)).ob_mpi);
        }
        if (with_statuses) {
            statuses_.assign(handles_.size(), empty_status());
        }
        indices_.resize(handles_.size());
    }

    int size() const { return static_cast<int>(handles_.size()); }
    MPI_Request* handles() { return handles_.data(); }
    MPI_Status* statuses() { return statuses_.empty() ? MPI_STATUSES_IGNORE : statuses_.data(); }
    int* indices() { return indices_.data(); }

    Request& request(int index) { return cast<Request>(item(index)); }

    // Gives the requests their new handles. `objects`, if wanted, are what they delivered.
    void write_back() {
        for (int index = 0; index < size(); ++index) {
            Request& object = request(index);
            object.ob_mpi = handles_[static_cast<std::size_t>(index)];
            forget_if_complete(object);
        }
    }

    // Copies the first `count` statuses into the user's list, which grows as needed.
    void copy_statuses(PyObject* list, int count) {
        if (list == Py_None || count == MPI_UNDEFINED) {
            return;
        }
        while (PyList_Check(list) && PyList_GET_SIZE(list) < count) {
            Ref status = own(PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&Status::type)));
            succeed(PyList_Append(list, status.get()));
        }
        const Py_ssize_t available = succeed(PySequence_Size(list));
        for (Py_ssize_t index = 0; index < std::min<Py_ssize_t>(available, size()); ++index) {
            Ref status = own(PySequence_GetItem(list, index));
            Argument<Status&>::from(status.get()).ob_mpi =
                statuses_[static_cast<std::size_t>(index)];
        }
    }

    Ref result(int index, int status_index) {
        return load_result(request(index).ob_buf,
                           &statuses_[static_cast<std::size_t>(status_index)]);
    }

private:
    PyObject* item(Py_ssize_t index) { return PySequence_Fast_GET_ITEM(objects_.get(), index); }

    Ref objects_;
    std::vector<MPI_Request> handles_;
    std::vector<MPI_Status> statuses_;
    std::vector<int> indices_;
};

// Runs an MPI call on the array, and hands the handles back even when it fails.
template <class Call>
int completing(Call call) {
    WithoutGil released;
    return call();
}

struct AnyResult {
    int index = MPI_UNDEFINED;
    bool flag = true;
    Ref object;
};

template <bool Blocking>
AnyResult complete_any(PyObject* requests, MPI_Status* status, bool with_object) {
    RequestArray array(requests);
    AnyResult result{MPI_UNDEFINED, true, Ref::borrow(Py_None)};
    int flag = 1;
    const int error = completing([&] {
        return Blocking ? MPI_Waitany(array.size(), array.handles(), &result.index, status)
                        : MPI_Testany(array.size(), array.handles(), &result.index, &flag, status);
    });
    Ref buffer;
    if (with_object && error == MPI_SUCCESS && flag != 0 && result.index != MPI_UNDEFINED) {
        buffer = Ref::borrow(array.request(result.index).ob_buf);
    }
    array.write_back();
    check(error);
    result.flag = flag != 0;
    result.object = load_result(buffer.get(), status);
    return result;
}

int wait_any(PyTypeObject*, PyObject* requests, Status* status) {
    return complete_any<true>(requests, status_pointer(status), false).index;
}
Ref test_any(PyTypeObject*, PyObject* requests, Status* status) {
    const AnyResult result = complete_any<false>(requests, status_pointer(status), false);
    return tuple_of(result.index, result.flag);
}
Ref wait_any_object(PyTypeObject*, PyObject* requests, Status* status) {
    MPI_Status own_status = empty_status();
    AnyResult result = complete_any<true>(
        requests, status == nullptr ? &own_status : &status->ob_mpi, true);
    return tuple_of(result.index, std::move(result.object));
}
Ref test_any_object(PyTypeObject*, PyObject* requests, Status* status) {
    MPI_Status own_status = empty_status();
    AnyResult result = complete_any<false>(
        requests, status == nullptr ? &own_status : &status->ob_mpi, true);
    return tuple_of(result.index, result.flag, std::move(result.object));
}

struct ManyResult {
    bool flag = true;
    Ref indices;  // None for *all
    Ref objects;  // None unless asked for
};

enum class Which { all, some };

template <Which which, bool Blocking>
ManyResult complete_many(PyObject* requests, PyObject* statuses, bool with_objects) {
    RequestArray array(requests, statuses != Py_None || with_objects);
    int flag = 1;
    int completed = which == Which::all ? array.size() : MPI_UNDEFINED;
    const int error = completing([&] {
        if constexpr (which == Which::all) {
            return Blocking ? MPI_Waitall(array.size(), array.handles(), array.statuses())
                            : MPI_Testall(array.size(), array.handles(), &flag, array.statuses());
        } else {
            const auto function = Blocking ? &MPI_Waitsome : &MPI_Testsome;
            return function(array.size(), array.handles(), &completed, array.indices(),
                            array.statuses());
        }
    });
    ManyResult result{flag != 0, Ref::borrow(Py_None), Ref::borrow(Py_None)};
    const bool delivered = error == MPI_SUCCESS && flag != 0 && completed != MPI_UNDEFINED;
    if (delivered && with_objects) {
        result.objects = own(PyList_New(0));
        for (int index = 0; index < completed; ++index) {
            const int request = which == Which::all ? index : array.indices()[index];
            Ref object = array.result(request, index);
            succeed(PyList_Append(result.objects.get(), object.get()));
        }
    }
    if (delivered && which == Which::some) {
        result.indices = list_of(array.indices(), array.indices() + completed);
    }
    array.write_back();
    array.copy_statuses(statuses, completed);
    check(error);
    return result;
}

bool wait_all(PyTypeObject*, PyObject* requests, Optional statuses) {
    complete_many<Which::all, true>(requests, statuses, false);
    return true;
}
bool test_all(PyTypeObject*, PyObject* requests, Optional statuses) {
    return complete_many<Which::all, false>(requests, statuses, false).flag;
}
Ref wait_all_objects(PyTypeObject*, PyObject* requests, Optional statuses) {
    return complete_many<Which::all, true>(requests, statuses, true).objects;
}
Ref test_all_objects(PyTypeObject*, PyObject* requests, Optional statuses) {
    ManyResult result = complete_many<Which::all, false>(requests, statuses, true);
    return tuple_of(result.flag, std::move(result.objects));
}
template <bool Blocking>
Ref complete_some(PyTypeObject*, PyObject* requests, Optional statuses) {
    return complete_many<Which::some, Blocking>(requests, statuses, false).indices;
}
template <bool Blocking>
Ref complete_some_objects(PyTypeObject*, PyObject* requests, Optional statuses) {
    ManyResult result = complete_many<Which::some, Blocking>(requests, statuses, true);
    return tuple_of(std::move(result.indices), std::move(result.objects));
}

// ---- persistent requests -----------------------------------------------------------------------

void start(Prequest& self) { blocking(MPI_Start, &self.ob_mpi); }

void start_all(PyTypeObject*, PyObject* requests) {
    RequestArray array(requests);
    const int error =
        completing([&] { return MPI_Startall(array.size(), array.handles()); });
    array.write_back();
    check(error);
}

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

PyMethodDef* methods() {
    static PyMethodDef table[] = {
        method<"Wait", &wait, "status">("Wait for a non-blocking operation to complete."),
        method<"Test", &test, "status">(
            "Test for the completion of a non-blocking operation."),
        method<"Get_status", &get_status, "status">(
            "Non-destructive test for the completion of a request."),
        method<"Waitany", &wait_any, "requests", "status">(
            "Wait for any previously initiated request to complete; return its index."),
        method<"Testany", &test_any, "requests", "status">(
            "Test for completion of any previously initiated request."),
        method<"Waitall", &wait_all, "requests", "statuses">(
            "Wait for all previously initiated requests to complete."),
        method<"Testall", &test_all, "requests", "statuses">(
            "Test for completion of all previously initiated requests."),
        method<"Waitsome", &complete_some<true>, "requests", "statuses">(
            "Wait for some previously initiated requests to complete; return their indices."),
        method<"Testsome", &complete_some<false>, "requests", "statuses">(
            "Test for completion of some previously initiated requests."),
        method<"Cancel", &cancel>("Cancel a request."),
        method<"Free", &free_request>("Free a communication request."),
        method<"wait", &wait_object, "status">(
            "Wait for a non-blocking operation to complete; return the received object."),
        method<"test", &test_object, "status">(
            "Test for the completion of a non-blocking operation: (flag, object)."),
        method<"get_status", &get_status, "status">(
            "Non-destructive test for the completion of a request."),
        method<"waitany", &wait_any_object, "requests", "status">(
            "Wait for any previously initiated request to complete: (index, object)."),
        method<"testany", &test_any_object, "requests", "status">(
            "Test for completion of any previously initiated request: (index, flag, object)."),
        method<"waitall", &wait_all_objects, "requests", "statuses">(
            "Wait for all previously initiated requests to complete; return their objects."),
        method<"testall", &test_all_objects, "requests", "statuses">(
            "Test for completion of all previously initiated requests: (flag, objects)."),
        method<"waitsome", &complete_some_objects<true>, "requests", "statuses">(
            "Wait for some previously initiated requests to complete: (indices, objects)."),
        method<"testsome", &complete_some_objects<false>, "requests", "statuses">(
            "Test for completion of some previously initiated requests: (indices, objects)."),
        method<"cancel", &cancel>("Cancel a request."),
        PYLAUNCH_HANDLE_METHODS(Request),
        end_of_methods(),
    };
    return table;
}

PyMethodDef* persistent_methods() {
    static PyMethodDef table[] = {
        method<"Start", &start>("Initiate a communication with a persistent request."),
        method<"Startall", &start_all, "requests">(
            "Start a collection of persistent requests."),
#if MPI_VERSION >= 4
        method<"Pready", &ready, "partition">("Mark a given partition as ready."),
        method<"Pready_range", &ready_range, "partition_low", "partition_high">(
            "Mark a range of partitions as ready."),
        method<"Pready_list", &ready_list, "partitions">(
            "Mark a sequence of partitions as ready."),
        method<"Parrived", &arrived, "partition">(
            "Test partial completion of a partitioned receive operation."),
#endif
        end_of_methods(),
    };
    return table;
}

// Prequest(request) accepts only another Prequest, unless it is null.
PyObject* make_persistent(PyTypeObject* type, PyObject* args, PyObject* kwds) {
    return guarded([&] {
        Ref object = own(handle_new<Request>(type, args, kwds));
        if (cast<Request>(object.get()).ob_mpi != MPI_REQUEST_NULL) {
            PyObject* source = optional_argument(type->tp_name, &Prequest::type, args, kwds, "");
            static_cast<void>(source);
        }
        return object.release();
    });
}

}  // namespace

void Request::free(Request& self) { free_request(self); }

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

void add_grequest(PyObject* module);

void add_request(PyObject* module) {
    static PyGetSetDef properties[] = {
        PYLAUNCH_HANDLE_PROPERTY(Request),
        end_of_properties(),
    };
    define_handle_type<Request>(
        module, {"mpi4py.MPI.Request", "Request handler.", methods(), properties});
    define_handle_type<Prequest>(module,
                                 {"mpi4py.MPI.Prequest", "Persistent request handler.",
                                  persistent_methods(), nullptr, &Request::type},
                                 &make_persistent);
    add_grequest(module);
    define_constant<Request>(module, "REQUEST_NULL", MPI_REQUEST_NULL);
}

}  // namespace pylaunch::mpi
