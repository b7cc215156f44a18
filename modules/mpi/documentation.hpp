// SPDX-License-Identifier: BSD-3-Clause
// Docstrings as mpi4py has them: the signature in the first line, what it does below. CPython's own
// `__text_signature__` is there as well, for inspect.signature() and help().
#pragma once

#include <initializer_list>
#include <string>

#include "conversion.hpp"

namespace pylaunch::mpi {

// One parameter as the signature shows it.
struct ParameterText {
  const char* name;
  const char* annotation;    // "int"; null where the docstring says what it takes
  std::string default_text;  // empty: required
};

enum class MethodKind { of_instance, of_class, of_nothing, of_module };

// Both live as long as the process.
const char* method_documentation(const char* name, MethodKind kind,
                                 std::initializer_list<ParameterText> parameters,
                                 const char* result, const char* sentence);
const char* property_documentation(const char* name, const char* result, const char* sentence);

// The Python class of what a C++ type is converted to or from; null: it differs.
template <class Type>
constexpr const char* annotation_of() {
  using Plain = std::remove_cvref_t<Type>;
  if constexpr (std::is_same_v<Plain, bool>) {
    return "bool";
  } else if constexpr (std::is_integral_v<Plain>) {
    return "int";
  } else if constexpr (requires { Argument<Type>::annotation; }) {
    return Argument<Type>::annotation;
  } else if constexpr (std::is_same_v<Plain, double>) {
    return "float";
  } else if constexpr (std::is_same_v<Plain, std::string>) {
    return "str";
  } else if constexpr (std::is_void_v<Type>) {
    return "None";
  } else {
    return nullptr;
  }
}

template <class Type>
std::string default_text_of() {
  if constexpr (!Argument<Type>::optional) {
    return {};
  } else if constexpr (requires { Argument<Type>::default_value; }) {
    return std::to_string(Argument<Type>::default_value);
  } else if constexpr (requires { Argument<Type>::default_name; }) {
    return Argument<Type>::default_name;
  } else {
    return "None";
  }
}

}  // namespace pylaunch::mpi
