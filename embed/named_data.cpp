// SPDX-License-Identifier: BSD-3-Clause
#include "embed/named_data.hpp"

#include <algorithm>
#include <utility>

#include "embed/dotted_names.hpp"
#include "embed/listing.hpp"

namespace pylaunch::embed {

namespace {

constexpr int deepest = 3;  // folders below the package's
// A name is no proof that the file is read, and that through Python's interfaces.
constexpr std::uint64_t size_limit = 4u << 20;

bool reads_data(const Import& import) {
  if (import.name == "importlib") return std::ranges::count(import.from, "resources") > 0;
  return import.name == "pkgutil" || import.name.starts_with("importlib.resources") ||
         import.name.starts_with("importlib_resources");
}

// Inside of functions as well: that is where data are read, as a rule.
bool reads_data(const py::object& code, const CodeReader& reader) {
  const auto imports = reader.imports_of(code);
  const auto inner = inner_code(code);
  return std::ranges::any_of(imports, [](const Import& it) { return reads_data(it); }) ||
         std::ranges::any_of(inner, [&](const py::object& it) { return reads_data(it, reader); });
}

void add_strings(const py::object& code, std::unordered_set<std::string>& strings) {
  strings.merge(strings_in(code));
  for (const py::object& inner : inner_code(code)) add_strings(inner, strings);
}

void add_parts(std::string_view path, std::unordered_set<std::string>& names) {
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0) names.emplace(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
}

bool is_code(std::string_view name) {
  return name.ends_with(".py") || name.ends_with(".pyc") || name.ends_with(".so");
}

}  // namespace

// Each of the interfaces has one of these words in its name, which marshal writes as it is.
bool NamedData::may_read_data(std::string_view marshalled_code) {
  return marshalled_code.find("pkgutil") != std::string_view::npos ||
         marshalled_code.find("resources") != std::string_view::npos;
}

std::vector<std::string> NamedData::note(const py::object& code, const std::string& package,
                                         const CodeReader& reader) {
  if (!reads_data(code, reader)) return {};
  Reader noted{package, {}, {}};
  add_strings(code, noted.strings);
  std::vector<std::string> modules = {"importlib.readers", "importlib.resources._adapters"};
  const std::string top = package.substr(0, package.find('.')) + ".";
  for (const std::string& text : noted.strings) {
    add_parts(text, noted.names);
    const bool is_dotted = text.find('.') != std::string::npos && is_dotted_name(text);
    if (is_dotted && text.starts_with(top)) modules.push_back(text);
  }
  readers_.push_back(std::move(noted));
  return modules;
}

bool NamedData::is_own(const std::string& folder) const {
  if (folder.find("/site-packages/") != std::string::npos) return false;
  return std::ranges::any_of(own_folders_, [&](const std::string& own) {
    return !own.empty() && (folder + "/").starts_with(own + "/");
  });
}

void NamedData::expect_named(const std::string& folder, const Reader& reader, int depth) {
  if (depth > deepest || !collector_.add_folder(folder)) return;
  const auto listing = collector_.listing(folder);
  if (!listing) return;
  for_each_name(*listing, [&](std::string_view listed, NameKind kind) {
    const std::string name(listed);
    if (!reader.names.contains(name) || is_code(name)) return;
    const std::string path = folder + "/" + name;
    if (kind == NameKind::folder) return expect_named(path, reader, depth + 1);
    if (kind != NameKind::file) return;
    collector_.expect_data(path, size_limit);
    files_.push_back(path);
  });
}

void NamedData::collect(
    const std::function<std::vector<std::string>(const std::string&)>& folders_of) {
  for (Reader& reader : readers_) {
    reader.strings.insert(reader.package);
    for (const std::string& package : reader.strings)
      for (const std::string& folder : folders_of(package))
        if (!is_own(folder)) expect_named(folder, reader, 0);
  }
  readers_.clear();
  for (const std::string& file : files_) collector_.add_data(file, size_limit);
  files_.clear();
}

}  // namespace pylaunch::embed
