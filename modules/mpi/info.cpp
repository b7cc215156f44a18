// SPDX-License-Identifier: BSD-3-Clause
// Info (MPI-4.0, chapter 10), which is also a mapping of strings to strings.
#include "handle.hpp"
#include "module.hpp"

#include <cstring>

namespace pylaunch::mpi {

PyTypeObject Info::type{};

namespace {

// ---- MPI's calls -------------------------------------------------------------------------------

bool is_null(const Info& self) { return self.ob_mpi == MPI_INFO_NULL; }

Ref get_value(Info& self, const char* key) {
    int found = 0;
    std::string value(MPI_MAX_INFO_VAL + 1, '\0');
#if MPI_VERSION >= 4
    int size = MPI_MAX_INFO_VAL;
    check(MPI_Info_get_string(self.ob_mpi, key, &size, value.data(), &found));
#else
    check(MPI_Info_get(self.ob_mpi, key, MPI_MAX_INFO_VAL, value.data(), &found));
#endif
    value.resize(std::strlen(value.c_str()));
    return found != 0 ? own(to_python(value)) : Ref::borrow(Py_None);
}

Ref get_item(Info& self, Text key) { return get_value(self, key.text); }
void set_item(Info& self, Text key, Text value) {
    check(MPI_Info_set(self.ob_mpi, key.text, value.text));
}
void delete_item(Info& self, Text key) { check(MPI_Info_delete(self.ob_mpi, key.text)); }

int key_count(Info& self) {
    int count = 0;
    check(MPI_Info_get_nkeys(self.ob_mpi, &count));
    return count;
}

std::string nth_key(Info& self, int n) {
    char key[MPI_MAX_INFO_KEY + 1] = {};
    check(MPI_Info_get_nthkey(self.ob_mpi, n, key));
    return key;
}

void free_info(Info& self) { free_and_keep_constants(self, MPI_Info_free); }

Ref duplicate(Info& self) {
    MPI_Info handle = MPI_INFO_NULL;
    check(MPI_Info_dup(self.ob_mpi, &handle));
    return new_handle<Info>(Py_TYPE(self.as_object()), handle);
}

// ---- filling -----------------------------------------------------------------------------------

void set_objects(Info& self, PyObject* key, PyObject* value) {
    set_item(self, Argument<Text>::from(key), Argument<Text>::from(value));
}

// A mapping (anything with keys()) or an iterable of pairs.
void fill(Info& self, PyObject* items) {
    Ref keys_method(PyObject_GetAttrString(items, "keys"));
    PyErr_Clear();
    Ref source = keys_method ? own(PyObject_CallNoArgs(keys_method.get())) : Ref::borrow(items);
    Ref iterator = own(PyObject_GetIter(source.get()));
    while (PyObject* next = PyIter_Next(iterator.get())) {
        Ref item(next);
        if (keys_method) {
            Ref value = own(PyObject_GetItem(items, item.get()));
            set_objects(self, item.get(), value.get());
        } else {
            Ref pair = own(PySequence_Tuple(item.get()));
            require_items(2, PyTuple_GET_SIZE(pair.get()));
            set_objects(self, PyTuple_GET_ITEM(pair.get(), 0), PyTuple_GET_ITEM(pair.get(), 1));
        }
    }
    if (PyErr_Occurred() != nullptr) {
        throw PythonError{};
    }
}

Ref create(PyTypeObject* type, Optional items) {
    MPI_Info handle = MPI_INFO_NULL;
    check(MPI_Info_create(&handle));
    try {
        Ref object = new_handle<Info>(type, handle);
        if (!items.is_none()) {
            fill(cast<Info>(object.get()), items);
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

// ---- the mapping -------------------------------------------------------------------------------

[[noreturn]] void fail_key(PyObject* key) {
    PyErr_SetObject(PyExc_KeyError, key);
    throw PythonError{};
}

bool contains(Info& self, PyObject* key) {
    return !is_null(self) && get_item(self, Argument<Text>::from(key)).get() != Py_None;
}

Ref keys(Info& self) {
    std::vector<std::string> names;
    for (int n = 0, count = is_null(self) ? 0 : key_count(self); n < count; ++n) {
        names.push_back(nth_key(self, n));
    }
    return list_of(names);
}

template <bool with_keys>
Ref values(Info& self) {
    Ref list = own(PyList_New(0));
    for (int n = 0, count = is_null(self) ? 0 : key_count(self); n < count; ++n) {
        const std::string key = nth_key(self, n);
        Ref value = get_value(self, key.c_str());
        Ref item = with_keys ? tuple_of(key, std::move(value)) : std::move(value);
        succeed(PyList_Append(list.get(), item.get()));
    }
    return list;
}

Ref get(Info& self, PyObject* key, Optional fallback) {
    if (is_null(self)) {
        return Ref::borrow(fallback);
    }
    Ref value = get_item(self, Argument<Text>::from(key));
    return value.get() == Py_None ? Ref::borrow(fallback) : std::move(value);
}

PyObject* update(PyObject* object, PyObject* args, PyObject* kwds) {
    return guarded([&]() -> PyObject* {
        Info& self = cast<Info>(object);
        PyObject* items = nullptr;
        if (PyArg_ParseTuple(args, "|O:update", &items) == 0) {
            throw PythonError{};
        }
        if (is_null(self)) {
            fail_key(Py_None);
        }
        if (items != nullptr) {
            fill(self, items);
        }
        if (kwds != nullptr) {
            fill(self, kwds);
        }
        Py_RETURN_NONE;
    });
}

PyObject* pop(PyObject* object, PyObject* args) {
    return guarded([&] {
        Info& self = cast<Info>(object);
        PyObject* key = nullptr;
        PyObject* fallback = nullptr;
        if (PyArg_ParseTuple(args, "O|O:pop", &key, &fallback) == 0) {
            throw PythonError{};
        }
        if (contains(self, key)) {
            Ref value = get_item(self, Argument<Text>::from(key));
            delete_item(self, Argument<Text>::from(key));
            return value.release();
        }
        if (fallback == nullptr) {
            fail_key(key);
        }
        return Ref::borrow(fallback).release();
    });
}

Ref pop_item(Info& self) {
    const int count = is_null(self) ? 0 : key_count(self);
    if (count == 0) {
        fail_key(Py_None);
    }
    const std::string key = nth_key(self, count - 1);
    Ref value = get_value(self, key.c_str());
    delete_item(self, {key.c_str()});
    return tuple_of(key, std::move(value));
}

Ref copy(Info& self) {
    return is_null(self) ? new_handle<Info>(Py_TYPE(self.as_object()), MPI_INFO_NULL)
                         : duplicate(self);
}

void clear(Info& self) {
    for (int left = is_null(self) ? 0 : key_count(self); left > 0; --left) {
        delete_item(self, {nth_key(self, 0).c_str()});
    }
}

Ref reduce(Info& self) {
    if (is_named<Info>(self.ob_mpi)) {
        return handle_reduce(self);
    }
    Ref items = values<true>(self);
    Ref make =
        own(PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(self.as_object())), "Create"));
    return own(Py_BuildValue("O(O)", make.get(), items.get()));
}

// ---- slots -------------------------------------------------------------------------------------

Py_ssize_t length(PyObject* object) {
    try {
        Info& self = cast<Info>(object);
        return is_null(self) ? 0 : key_count(self);
    } catch (const PythonError&) {
        return -1;
    }
}

PyObject* subscript(PyObject* object, PyObject* key) {
    return guarded([&] {
        Info& self = cast<Info>(object);
        if (!contains(self, key)) {
            fail_key(key);
        }
        return get_item(self, Argument<Text>::from(key)).release();
    });
}

int assign_subscript(PyObject* object, PyObject* key, PyObject* value) {
    try {
        Info& self = cast<Info>(object);
        if (is_null(self) || (value == nullptr && !contains(self, key))) {
            fail_key(key);
        }
        if (value == nullptr) {
            delete_item(self, Argument<Text>::from(key));
        } else {
            set_objects(self, key, value);
        }
        return 0;
    } catch (const PythonError&) {
        return -1;
    }
}

int has_key(PyObject* object, PyObject* key) {
    try {
        return contains(cast<Info>(object), key) ? 1 : 0;
    } catch (const PythonError&) {
        return -1;
    }
}

PyObject* iterate(PyObject* object) {
    return guarded([&] {
        Ref list = keys(cast<Info>(object));
        return PyObject_GetIter(list.get());
    });
}

PyMethodDef* methods() {
    static PyMethodDef table[] = {
        method<"__reduce__", &reduce>("Return what pickle needs."),
        PYLAUNCH_HANDLE_METHODS(Info),
        method<"Create", &create, "items">("Create a new info object."),
#if MPI_VERSION >= 4
        method<"Create_env", &create_from_arguments, "args">(
            "Create a new environment info object."),
#endif
        method<"Free", &free_info>("Free an info object."),
        method<"Dup", &duplicate>("Duplicate an existing info object."),
        method<"Get", &get_item, "key">(
            "Retrieve the value associated with a key; None when there is none."),
        method<"Set", &set_item, "key", "value">("Store a value associated with a key."),
        method<"Delete", &delete_item, "key">("Remove a (key, value) pair from info."),
        method<"Get_nkeys", &key_count>("Return the number of currently defined keys in info."),
        method<"Get_nthkey", &nth_key, "n">("Return the *n*-th defined key in info."),
        method<"get", &get, "key", "default">("Retrieve value by key."),
        method<"keys", &keys>("Return list of keys."),
        method<"values", &values<false>>("Return list of values."),
        method<"items", &values<true>>("Return list of items."),
        {"update", as_c_function(&update), METH_VARARGS | METH_KEYWORDS, "Update contents."},
        {"pop", &pop, METH_VARARGS, "Pop value by key."},
        method<"popitem", &pop_item>("Pop the last item."),
        method<"copy", &copy>("Copy contents."),
        method<"clear", &clear>("Clear contents."),
        end_of_methods(),
    };
    return table;
}

}  // namespace

void Info::free(Info& self) { free_info(self); }

void add_info(PyObject* module) {
    static PyGetSetDef properties[] = {
        PYLAUNCH_HANDLE_PROPERTY(Info),
        end_of_properties(),
    };
    static PyMappingMethods mapping{&length, &subscript, &assign_subscript};
    static PySequenceMethods sequence{};
    sequence.sq_contains = &has_key;
    Info::type.tp_as_mapping = &mapping;
    Info::type.tp_as_sequence = &sequence;
    Info::type.tp_iter = &iterate;
    define_handle_type<Info>(module,
                             {"mpi4py.MPI.Info", "Info object.", methods(), properties});
    define_constant<Info>(module, "INFO_NULL", MPI_INFO_NULL);
    define_constant<Info>(module, "INFO_ENV", MPI_INFO_ENV);
}

}  // namespace pylaunch::mpi
