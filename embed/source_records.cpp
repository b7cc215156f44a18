// SPDX-License-Identifier: BSD-3-Clause
//
// The collector's modules and main script: a record has the code, and the text for tracebacks.
#include <utility>

#include "embed/bytecode.hpp"
#include "embed/collector.hpp"
#include "embed/program.hpp"
#include "embed/stamp.hpp"

namespace pylaunch::embed {

using bundle::Kind;
using bundle::Record;
using bundle::Stamp;

void Collector::expect_source(const std::string& path) {
  if (contains(path)) return;
  reader_.expect(path);
  reader_.expect(bytecode_path(path));
}

bool Collector::add_source(const std::string& path) {
  if (contains(path)) return true;
  const std::optional<FileContent> file = reader_.read(path);
  if (!file) return false;
  const std::optional<FileContent> pyc = reader_.read(bytecode_path(path));
  std::optional<Bytecode> bytecode =
      pyc ? valid_bytecode(pyc->bytes, file->stamp, file->bytes) : std::nullopt;
  if (!bytecode) {
    std::optional<std::string> code = compile_module(file->bytes, path);
    if (!code) return false;
    bytecode = Bytecode{keep(std::move(*code)), false};
  }
  Record record;
  record.kind = Kind::source;
  record.path = path;
  // A zero stamp never matches: an unchecked .pyc is looked at in each run.
  record.stamp = bytecode->unchecked ? Stamp{} : file->stamp;
  record.real_path = file->real_path;
  record.source = file->bytes;
  record.content = bundle::as_bytes(bytecode->code);
  // Without its listing, finding the package would ask the file system.
  if (path.ends_with("/__init__.py")) add_folder(path.substr(0, path.rfind('/')));
  return add(std::move(record));
}

bool Collector::add_script(const std::string& path, bool skip_first_line) {
  if (contains(path)) return true;
  // Not opened when it is no regular file, as a pipe: run_program() reads that.
  const std::optional<Stamp> stamp = stamp_of(path);
  const std::optional<FileContent> file = stamp ? reader_.read(path) : std::nullopt;
  if (!file) return true;
  if (!skip_first_line && looks_like_bytecode(file->bytes)) {
    add_bytecode(path);  // of another CPython: for each rank to say
    return true;
  }
  const std::string_view text = program_text(file->bytes, skip_first_line);
  std::optional<CompiledSilently> compiled = compile_silently(text, path, Warnings::all);
  // Once more, for what python3 says then.
  if (!compiled) return compile_program(file->bytes, path, skip_first_line).has_value();
  script_ = {path, keep(std::move(compiled->code))};
  Record record;
  record.kind = Kind::source;
  record.path = path;
  record.stamp = file->stamp;
  record.real_path = file->real_path;
  record.source = file->bytes;
  // python3 warns in each run, and what of it is seen, or is an error, its options say.
  if (!compiled->has_warned) record.content = bundle::as_bytes(script_.code);
  return add(std::move(record));
}

bool Collector::add_bytecode(const std::string& path) {
  if (contains(path)) return true;
  const std::optional<FileContent> file = reader_.read(path);
  const std::optional<std::string_view> code = file ? code_in_pyc(file->bytes) : std::nullopt;
  if (!code) return false;
  Record record;
  record.kind = Kind::bytecode;
  record.path = path;
  record.stamp = file->stamp;
  record.real_path = file->real_path;
  record.content = bundle::as_bytes(*code);
  return add(std::move(record));
}

}  // namespace pylaunch::embed
