// SPDX-License-Identifier: BSD-3-Clause
//
// Python code that is part of the support library: compiled by the build with the very CPython the
// library is for (embed/compile_sources.py writes the table).
#pragma once

#include <cstddef>

namespace pylaunch::embed {

struct EmbeddedSource {
  const char* name;
  const unsigned char* code;  // marshalled
  std::size_t size;
  const char* text;  // the source, for tracebacks
  std::size_t text_size;
  bool is_package;
};

// NULL when there is none of that name.
const EmbeddedSource* find_embedded_source(const char* name);

}  // namespace pylaunch::embed
