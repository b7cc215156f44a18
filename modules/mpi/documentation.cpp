// SPDX-License-Identifier: BSD-3-Clause
#include "documentation.hpp"

#include <cstring>
#include <deque>

namespace pylaunch::mpi {
namespace {

const char* keep(std::string text) {
  static auto* texts = new std::deque<std::string>;  // classes are never destroyed
  return texts->emplace_back(std::move(text)).c_str();
}

// What a number means as the default of a parameter.
std::string spoken(const ParameterText& parameter) {
  const std::string name = parameter.name;
  const std::string& value = parameter.default_text;
  if (name == "source" && value == std::to_string(MPI_ANY_SOURCE)) {
    return "ANY_SOURCE";
  }
  if ((name == "tag" || name == "recvtag") && value == std::to_string(MPI_ANY_TAG)) {
    return "ANY_TAG";
  }
  return value;
}

bool is_literal(const std::string& text) {
  return text == "None" || text.find_first_not_of("-0123456789") == std::string::npos;
}

}  // namespace

const char* method_documentation(const char* name, MethodKind kind,
                                 std::initializer_list<ParameterText> parameters,
                                 const char* result, const char* sentence) {
  static constexpr const char* receivers[] = {"$self", "$type", "", "$module"};
  std::string machine = std::string(name) + "(" + receivers[static_cast<int>(kind)];
  std::string human = std::string(name) + "(";
  if (kind == MethodKind::of_instance) {
    human += "self";
  } else if (kind == MethodKind::of_class) {
    human += "cls";
  }
  for (const ParameterText& parameter : parameters) {
    const char* comma = machine.back() == '(' ? "" : ", ";
    machine += std::string(comma) + parameter.name;
    human += std::string(human.back() == '(' ? "" : ", ") + parameter.name;
    if (parameter.annotation != nullptr) {
      human += std::string(": ") + parameter.annotation;
    }
    if (!parameter.default_text.empty()) {
      const std::string equals = parameter.annotation == nullptr ? "=" : " = ";
      machine += "=" + (is_literal(parameter.default_text) ? parameter.default_text : "...");
      human += equals + spoken(parameter);
    }
  }
  human += ")";
  if (result != nullptr) {
    human += std::string(" -> ") + result;
  }
  return keep(machine + ")\n--\n\n" + human + "\n" + sentence);
}

const char* property_documentation(const char* name, const char* result, const char* sentence) {
  std::string head = name;
  if (result != nullptr) {
    head += std::string(": ") + result;
  }
  return keep(head + "\n" + sentence);
}

}  // namespace pylaunch::mpi
