// SPDX-License-Identifier: BSD-3-Clause
// Completion of many requests at once (MPI-4.0, section 3.7.5).
#include "request.hpp"

namespace pylaunch::mpi {

namespace {

// The handles of a sequence of requests, written back after the call.
class RequestArray {
 public:
  explicit RequestArray(PyObject* requests, bool with_statuses = false)
      : objects_(own(PySequence_Tuple(requests))) {
    for (Py_ssize_t index = 0; index < PyTuple_GET_SIZE(objects_.get()); ++index) {
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
      Argument<Status&>::from(status.get()).ob_mpi = statuses_[static_cast<std::size_t>(index)];
    }
  }

  // What was received; to be taken before the handles are written back, and unpickled after it:
  // Python code runs then, and may raise.
  Ref buffer(int index) { return Ref::borrow(request(index).ob_buf); }
  Ref result(const Ref& buffer, int status_index) {
    return load_result(buffer.get(), &statuses_[static_cast<std::size_t>(status_index)]);
  }

 private:
  PyObject* item(Py_ssize_t index) { return PyTuple_GET_ITEM(objects_.get(), index); }

  Ref objects_;  // a tuple: other threads may change the user's list meanwhile
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
  AnyResult result =
      complete_any<true>(requests, status == nullptr ? &own_status : &status->ob_mpi, true);
  return tuple_of(result.index, std::move(result.object));
}
Ref test_any_object(PyTypeObject*, PyObject* requests, Status* status) {
  MPI_Status own_status = empty_status();
  AnyResult result =
      complete_any<false>(requests, status == nullptr ? &own_status : &status->ob_mpi, true);
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
      return function(array.size(), array.handles(), &completed, array.indices(), array.statuses());
    }
  });
  ManyResult result{flag != 0, Ref::borrow(Py_None), Ref::borrow(Py_None)};
  const bool delivered = error == MPI_SUCCESS && flag != 0 && completed != MPI_UNDEFINED;
  std::vector<Ref> buffers;
  for (int index = 0; delivered && with_objects && index < completed; ++index) {
    buffers.push_back(array.buffer(which == Which::all ? index : array.indices()[index]));
  }
  array.write_back();
  array.copy_statuses(statuses, completed);
  check(error);
  if (delivered && which == Which::some) {
    result.indices = list_of(array.indices(), array.indices() + completed);
  }
  if (delivered && with_objects) {
    result.objects = own(PyList_New(0));
    for (int index = 0; index < completed; ++index) {
      Ref object = array.result(buffers[static_cast<std::size_t>(index)], index);
      succeed(PyList_Append(result.objects.get(), object.get()));
    }
  }
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

#if PYLAUNCH_HAS_MPI_4_1
// Requests stay as they are: MPI takes their handles as constants.
Ref get_status_any(PyTypeObject*, PyObject* requests, Status* status) {
  RequestArray array(requests);
  int index = MPI_UNDEFINED;
  int flag = 0;
  blocking(MPI_Request_get_status_any, array.size(), array.handles(), &index, &flag,
           status_pointer(status));
  return tuple_of(index, flag != 0);
}

bool get_status_all(PyTypeObject*, PyObject* requests, Optional statuses) {
  RequestArray array(requests, !statuses.is_none());
  int flag = 0;
  blocking(MPI_Request_get_status_all, array.size(), array.handles(), &flag, array.statuses());
  array.copy_statuses(statuses, array.size());
  return flag != 0;
}

// The indices of the completed requests; None when none of them is active.
Ref get_status_some(PyTypeObject*, PyObject* requests, Optional statuses) {
  RequestArray array(requests, !statuses.is_none());
  int completed = MPI_UNDEFINED;
  blocking(MPI_Request_get_status_some, array.size(), array.handles(), &completed, array.indices(),
           array.statuses());
  array.copy_statuses(statuses, completed);
  return completed == MPI_UNDEFINED ? Ref::borrow(Py_None)
                                    : list_of(array.indices(), array.indices() + completed);
}
#endif

void start_all(PyTypeObject*, PyObject* requests) {
  RequestArray array(requests);
  const int error = completing([&] { return MPI_Startall(array.size(), array.handles()); });
  array.write_back();
  check(error);
}

}  // namespace

const std::vector<PyMethodDef>& many_request_methods() {
  static const std::vector<PyMethodDef> table {
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
#if PYLAUNCH_HAS_MPI_4_1
        method<"Get_status_any", &get_status_any, "requests", "status">(
            "Non-destructive test for the completion of any request: (index, flag)."),
        method<"Get_status_all", &get_status_all, "requests", "statuses">(
            "Non-destructive test for the completion of all requests."),
        method<"Get_status_some", &get_status_some, "requests", "statuses">(
            "Non-destructive test for the completion of some requests; return their indices."),
        method<"get_status_any", &get_status_any, "requests", "status">(
            "Non-destructive test for the completion of any request: (index, flag)."),
        method<"get_status_all", &get_status_all, "requests", "statuses">(
            "Non-destructive test for the completion of all requests."),
        method<"get_status_some", &get_status_some, "requests", "statuses">(
            "Non-destructive test for the completion of some requests; return their indices."),
#endif
  };
  return table;
}

const std::vector<PyMethodDef>& start_all_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Startall", &start_all, "requests">("Start a collection of persistent requests."),
  };
  return table;
}

}  // namespace pylaunch::mpi
