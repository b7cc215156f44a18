// SPDX-License-Identifier: BSD-3-Clause
#include "embed/bytecode.hpp"

#include <cstring>
#include <utility>

#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

constexpr std::size_t header_bytes = 16;
constexpr std::uint32_t flag_hash_based = 1;
constexpr std::uint32_t flag_check_source = 2;

std::uint32_t word_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + offset, sizeof word);
  return word;
}

bool has_our_magic(std::string_view bytes) {
  return bytes.size() > header_bytes &&
         word_at(bytes, 0) == static_cast<std::uint32_t>(PyImport_GetMagicNumber());
}

// --check-hash-based-pycs: "always" and "never" override the flag in the file.
bool checks_source(std::uint32_t flags) {
  const std::string mode = to_bytes(py::module_::import("_imp").attr("check_hash_based_pycs"));
  if (mode == "always") return true;
  return mode != "never" && (flags & flag_check_source) != 0;
}

bool hash_matches(std::string_view pyc, std::string_view source) {
  const py::object hash = py::module_::import("_imp").attr("source_hash");
  const py::bytes expected =
      hash(PyImport_GetMagicNumber(), py::bytes(source.data(), source.size()));
  return std::string_view(expected) == pyc.substr(8, 8);
}

bool stamp_matches(std::string_view pyc, const bundle::Stamp& stamp) {
  const auto mtime_seconds = static_cast<std::uint32_t>(stamp.mtime_ns / 1'000'000'000);
  return word_at(pyc, 8) == mtime_seconds &&
         word_at(pyc, 12) == static_cast<std::uint32_t>(stamp.size);
}

}  // namespace

std::string bytecode_path(const std::string& source_path) {
  return to_bytes(bootstrap_external().attr("cache_from_source")(path_object(source_path)));
}

std::optional<Bytecode> valid_bytecode(std::string_view pyc, const bundle::Stamp& source_stamp,
                                       std::string_view source) {
  if (!has_our_magic(pyc)) return std::nullopt;
  const std::uint32_t flags = word_at(pyc, 4);
  if ((flags & ~(flag_hash_based | flag_check_source)) != 0) return std::nullopt;
  Bytecode result;
  if ((flags & flag_hash_based) != 0) {
    result.unchecked = !checks_source(flags);
    if (!result.unchecked && !hash_matches(pyc, source)) return std::nullopt;
  } else if (!stamp_matches(pyc, source_stamp)) {
    return std::nullopt;
  }
  result.code = pyc.substr(header_bytes);
  return result;
}

std::optional<std::string_view> code_in_pyc(std::string_view pyc) {
  if (!has_our_magic(pyc)) return std::nullopt;
  return pyc.substr(header_bytes);
}

bool looks_like_bytecode(std::string_view bytes) {
  const auto half_magic = static_cast<std::uint16_t>(PyImport_GetMagicNumber());
  return bytes.size() >= sizeof half_magic &&
         std::memcmp(bytes.data(), &half_magic, sizeof half_magic) == 0;
}

std::optional<CompiledSilently> compile_silently(std::string_view source, const std::string& path,
                                                 Warnings that_count) {
  try {
    const py::object compile = py::module_::import("builtins").attr("compile");
    const py::object silently = load_embedded("silence").attr("silently");
    const py::tuple result =
        silently(compile, py::bytes(source.data(), source.size()), path_object(path), "exec", 0,
                 true, py::arg("every") = that_count == Warnings::all);
    return CompiledSilently{marshal(result[0]), result[1].cast<bool>()};
  } catch (py::error_already_set& error) {
    set_aside(error);
    return std::nullopt;
  }
}

std::optional<std::string> compile_module(std::string_view source, const std::string& path) {
  std::optional<CompiledSilently> compiled = compile_silently(source, path, Warnings::shown);
  if (!compiled || compiled->has_warned) return std::nullopt;
  return std::move(compiled->code);
}

}  // namespace pylaunch::embed
