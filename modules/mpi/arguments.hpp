// SPDX-License-Identifier: BSD-3-Clause
// From a C++ function to a Python method.
//
// `method<"Send", &send, "buf", "dest", "tag">(doc)` makes the PyMethodDef of a C++ function
// `void send(Comm&, PyObject* buf, int dest, Int<0> tag)`: the parameter types say how each
// argument is converted and whether it may be left out. Calls use the vectorcall protocol, and
// keyword names are compared by address first, since compilers of Python code intern them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <type_traits>

#include "conversion.hpp"
#include "documentation.hpp"

namespace pylaunch::mpi {

template <std::size_t Size>
struct FixedString {
  char text[Size]{};
  constexpr FixedString(const char (&literal)[Size]) { std::copy_n(literal, Size, text); }
};

// ---- the object a method is called on ----------------------------------------------------------

// First parameter of module functions and static methods.
struct NoSelf {};

template <class Self>
struct Receiver {
  static_assert(std::is_reference_v<Self>);
  static Self from(PyObject* self) {
    return *reinterpret_cast<std::remove_reference_t<Self>*>(self);
  }
};
template <>
struct Receiver<NoSelf> {
  static NoSelf from(PyObject*) { return {}; }
};
template <>
struct Receiver<PyObject*> {
  static PyObject* from(PyObject* self) { return self; }
};
template <>
struct Receiver<PyTypeObject*> {
  static PyTypeObject* from(PyObject* self) { return reinterpret_cast<PyTypeObject*>(self); }
};

// ---- calls -------------------------------------------------------------------------------------

struct Signature {
  const char* method;
  std::size_t count;
  std::size_t required;
  PyObject* const* names;
};

// Puts positional and keyword arguments into `given`; raises TypeError when they do not fit.
void bind(const Signature& signature, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
          PyObject** given);

// A str, bytes or path object as the file system's bytes.
Ref path_argument(PyObject* path);

// Runs `body` and turns C++ exceptions into the null pointer that CPython expects.
template <class Body>
PyObject* guarded(Body&& body) noexcept {
  try {
    return embed::stay_if_ended(body);
  } catch (const PythonError&) {
    return nullptr;
  } catch (const std::bad_alloc&) {
    return PyErr_NoMemory();
  }
}

template <class Function>
struct FunctionTraits;
template <class Result, class Self, class... Parameters>
struct FunctionTraits<Result (*)(Self, Parameters...)> {
  static constexpr std::size_t count = sizeof...(Parameters);
  static constexpr bool is_class_method = std::is_same_v<Self, PyTypeObject*>;
  static constexpr bool is_static = std::is_same_v<Self, NoSelf>;

  template <FixedString Name, FixedString... Names>
  static const char* documentation(const char* sentence, int flags) {
    const MethodKind kind = is_class_method              ? MethodKind::of_class
                            : !is_static                 ? MethodKind::of_instance
                            : (flags & METH_STATIC) != 0 ? MethodKind::of_nothing
                                                         : MethodKind::of_module;
    return method_documentation(
        Name.text, kind,
        {ParameterText{Names.text, annotation_of<Parameters>(), default_text_of<Parameters>()}...},
        annotation_of<Result>(), sentence);
  }

  static const char* property_documentation(const char* name, const char* sentence) {
    return mpi::property_documentation(name, annotation_of<Result>(), sentence);
  }

  static constexpr std::size_t required() {
    std::size_t needed = 0;
    [[maybe_unused]] std::size_t position = 0;
    ((++position, needed = Argument<Parameters>::optional ? needed : position), ...);
    return needed;
  }

  template <auto Function, std::size_t... Index>
  static PyObject* call(PyObject* self, PyObject* const* given, std::index_sequence<Index...>) {
    if constexpr (std::is_void_v<Result>) {
      Function(Receiver<Self>::from(self), Argument<Parameters>::from(given[Index])...);
      Py_RETURN_NONE;
    } else {
      return to_python(
          Function(Receiver<Self>::from(self), Argument<Parameters>::from(given[Index])...));
    }
  }
};

template <FixedString... Names>
PyObject* const* interned_names() {
  static const std::array<PyObject*, sizeof...(Names) + 1> names{
      PyUnicode_InternFromString(Names.text)..., nullptr};
  return names.data();
}

// The first `nargs` arguments, and null pointers for the rest. An array of known size, written out,
// takes less than a copy of `nargs` pointers.
template <std::size_t... Index>
std::array<PyObject*, sizeof...(Index) + 1> padded(PyObject* const* args, Py_ssize_t nargs,
                                                   std::index_sequence<Index...>) {
  return {(static_cast<Py_ssize_t>(Index) < nargs ? args[Index] : nullptr)..., nullptr};
}

// Also for functions without parameters: CPython calls METH_FASTCALL functions that were looked up
// before (`Wtime = MPI.Wtime`) with less ado than METH_NOARGS ones.
template <FixedString Name, auto Function, FixedString... Names>
PyObject* call_fast(PyObject* self, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) {
  using Traits = FunctionTraits<decltype(Function)>;
  static_assert(Traits::count == sizeof...(Names), "one name for each parameter");
  return guarded([&]() -> PyObject* {
    constexpr auto count = static_cast<Py_ssize_t>(Traits::count);
    constexpr auto required = static_cast<Py_ssize_t>(Traits::required());
    constexpr auto positions = std::make_index_sequence<Traits::count>();
    if (kwnames == nullptr && nargs <= count && nargs >= required) [[likely]] {
      return Traits::template call<Function>(self, padded(args, nargs, positions).data(),
                                             positions);
    }
    const Signature signature{Name.text, Traits::count, Traits::required(),
                              interned_names<Names...>()};
    PyObject* given[Traits::count + 1] = {};
    bind(signature, args, nargs, kwnames, given);
    return Traits::template call<Function>(self, given, positions);
  });
}

template <auto Function>
PyObject* call_without_arguments(PyObject* self, PyObject*) {
  using Traits = FunctionTraits<decltype(Function)>;
  return guarded(
      [&] { return Traits::template call<Function>(self, nullptr, std::index_sequence<>()); });
}

template <class From>
PyCFunction as_c_function(From function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

// The table entry of a method, class method (first parameter PyTypeObject*), static method or
// module function (first parameter NoSelf; `flags` = METH_STATIC in a class).
template <FixedString Name, auto Function, FixedString... Names>
PyMethodDef method(const char* sentence, int flags = 0) {
  using Traits = FunctionTraits<decltype(Function)>;
  const char* doc = Traits::template documentation<Name, Names...>(sentence, flags);
  if (Traits::is_class_method) {
    flags |= METH_CLASS;
  }
  return {Name.text, as_c_function(&call_fast<Name, Function, Names...>),
          METH_FASTCALL | METH_KEYWORDS | flags, doc};
}

inline PyMethodDef end_of_methods() { return {nullptr, nullptr, 0, nullptr}; }

// ---- properties --------------------------------------------------------------------------------

template <auto Function>
PyObject* get_property(PyObject* self, void*) {
  return call_without_arguments<Function>(self, nullptr);
}

template <auto Function>
int set_property(PyObject* self, PyObject* value, void*) {
  if (value == nullptr) {
    PyErr_SetString(PyExc_AttributeError, "this attribute cannot be deleted");
    return -1;
  }
  PyObject* given[] = {value};
  PyObject* result = guarded([&] {
    return FunctionTraits<decltype(Function)>::template call<Function>(self, given,
                                                                       std::index_sequence<0>());
  });
  Py_XDECREF(result);
  return result == nullptr ? -1 : 0;
}

template <auto Get>
PyGetSetDef property(const char* name, const char* sentence) {
  return {name, &get_property<Get>, nullptr,
          FunctionTraits<decltype(Get)>::property_documentation(name, sentence), nullptr};
}
template <auto Get, auto Set>
PyGetSetDef property(const char* name, const char* sentence) {
  return {name, &get_property<Get>, &set_property<Set>,
          FunctionTraits<decltype(Get)>::property_documentation(name, sentence), nullptr};
}

inline PyGetSetDef end_of_properties() { return {nullptr, nullptr, nullptr, nullptr, nullptr}; }

}  // namespace pylaunch::mpi
