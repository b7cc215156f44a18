// SPDX-License-Identifier: BSD-3-Clause
// Info (MPI-4.0, chapter 10): making and copying. It is also a mapping, see info_mapping.cpp.
#include "info.hpp"

#include "comm.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject Info::type{};

namespace {

void free_info(Info& self) { free_and_keep_constants(self, MPI_Info_free); }

Ref create(PyTypeObject* type, Optional items) {
  MPI_Info handle = MPI_INFO_NULL;
  check(MPI_Info_create(&handle));
  try {
    Ref object = new_handle<Info>(type, handle);
    if (!items.is_none()) {
      fill_info(cast<Info>(object.get()), items);
    }
    return object;
  } catch (const PythonError&) {
    MPI_Info_free(&handle);
    throw;
  }
}

#if MPI_VERSION >= 4
Ref create_from_arguments(PyTypeObject* type, Optional args) {
  std::vector<std::string> words;
  if (!args.is_none() && (PyUnicode_Check(args.object) || PyBytes_Check(args.object))) {
    words.emplace_back(Argument<Text>::from(args).text);
  } else if (!args.is_none()) {
    Ref list = own(PySequence_List(args));
    for (Py_ssize_t index = 0; index < PyList_GET_SIZE(list.get()); ++index) {
      words.emplace_back(Argument<Text>::from(PyList_GET_ITEM(list.get(), index)).text);
    }
  }
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  MPI_Info handle = MPI_INFO_NULL;
  check(MPI_Info_create_env(static_cast<int>(words.size()), pointers.data(), &handle));
  return new_handle<Info>(type, handle);
}
#endif

Ref reduce(Info& self) {
  if (is_named<Info>(self.ob_mpi)) {
    return handle_reduce(self);
  }
  Ref items = info_items(self);
  Ref make =
      own(PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(self.as_object())), "Create"));
  return own(Py_BuildValue("O(O)", make.get(), items.get()));
}

const std::vector<PyMethodDef>& own_methods() {
  static const std::vector<PyMethodDef> table {
    method<"__reduce__", &reduce>("Return what pickle needs."), PYLAUNCH_HANDLE_METHODS(Info),
        method<"Create", &create, "items">("Create a new info object."),
#if MPI_VERSION >= 4
        method<"Create_env", &create_from_arguments, "args">(
            "Create a new environment info object."),
#endif
        method<"Free", &free_info>("Free an info object."),
        method<"Dup", &duplicate_info>("Duplicate an existing info object."),
        method<"Get", &get_info_item, "key">(
            "Retrieve the value associated with a key; None when there is none."),
        method<"Set", &set_info_item, "key", "value">("Store a value associated with a key."),
        method<"Delete", &delete_info_item, "key">("Remove a (key, value) pair from info."),
        method<"Get_nkeys", &info_key_count>(
            "Return the number of currently defined keys in info."),
        method<"Get_nthkey", &nth_info_key, "n">("Return the *n*-th defined key in info."),
  };
  return table;
}

}  // namespace

Ref duplicate_info(Info& self) {
  MPI_Info handle = MPI_INFO_NULL;
  check(MPI_Info_dup(self.ob_mpi, &handle));
  return new_handle<Info>(Py_TYPE(self.as_object()), handle);
}

void Info::free(Info& self) { free_info(self); }

void add_info(PyObject* module) {
  static PyGetSetDef properties[] = {
      PYLAUNCH_HANDLE_PROPERTY(Info),
      end_of_properties(),
  };
  set_mapping_slots(Info::type);
  define_handle_type<Info>(module, {"mpi4py.MPI.Info", "Info object.",
                                    joined({&own_methods(), &info_mapping_methods()}), properties});
  define_constant<Info>(module, "INFO_NULL", MPI_INFO_NULL);
  define_constant<Info>(module, "INFO_ENV", MPI_INFO_ENV);
}

}  // namespace pylaunch::mpi
