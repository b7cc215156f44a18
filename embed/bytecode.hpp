// SPDX-License-Identifier: BSD-3-Clause
//
// The .pyc that belongs to a source file, judged as importlib judges it (PEP 552, PEP 3147).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bundle/format.hpp"

namespace pylaunch::embed {

struct Bytecode {
  std::string_view code;   // marshalled; a part of the .pyc
  bool unchecked = false;  // a hash-based .pyc whose source does not count
};

// Where it lies, if there is one.
std::string bytecode_path(const std::string& source_path);

// nullopt: the bytes of the .pyc are not valid for this source.
std::optional<Bytecode> valid_bytecode(std::string_view pyc, const bundle::Stamp& source_stamp,
                                       std::string_view source);

// The code in the bytes of a .pyc file that stands alone; nullopt when it is of another CPython.
std::optional<std::string_view> code_in_pyc(std::string_view pyc);

// By the first half of the magic number, as CPython tells what kind of script it is given.
bool looks_like_bytecode(std::string_view bytes);

struct CompiledSilently {
  std::string code;  // marshalled
  bool has_warned = false;
};

// Which warnings count: those that the filters show, or all.
enum class Warnings { shown, all };

// Compiles without a word; nullopt when it does not compile.
std::optional<CompiledSilently> compile_silently(std::string_view source, const std::string& path,
                                                 Warnings that_count);

// Compiles as an import does; nullopt when it does not compile, or not without a warning (nothing
// is printed: the import will raise or warn where it happens).
std::optional<std::string> compile_module(std::string_view source, const std::string& path);

}  // namespace pylaunch::embed
