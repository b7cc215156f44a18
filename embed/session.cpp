// SPDX-License-Identifier: BSD-3-Clause
#include "embed/session.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pylaunch::embed {

using nlohmann::json;

// MessagePack, because its strings may hold any bytes: paths need not be valid UTF-8.

static void to_json(json& j, const Program& p) {
  j = {static_cast<int>(p.kind),
       p.name,
       p.inspect,
       p.skip_first_line,
       p.safe_path,
       p.path0,
       p.code,
       p.source};
}

static void from_json(const json& j, Program& p) {
  p.kind = static_cast<ProgramKind>(j.at(0).get<int>());
  j.at(1).get_to(p.name);
  j.at(2).get_to(p.inspect);
  j.at(3).get_to(p.skip_first_line);
  j.at(4).get_to(p.safe_path);
  j.at(5).get_to(p.path0);
  j.at(6).get_to(p.code);
  j.at(7).get_to(p.source);
}

static void to_json(json& j, const EarlyModule& m) { j = {m.name, m.path, m.is_package, m.code}; }

static void from_json(const json& j, EarlyModule& m) {
  j.at(0).get_to(m.name);
  j.at(1).get_to(m.path);
  j.at(2).get_to(m.is_package);
  j.at(3).get_to(m.code);
}

static void to_json(json& j, const PathFile& f) { j = {f.site_directory, f.name, f.import_lines}; }

static void from_json(const json& j, PathFile& f) {
  j.at(0).get_to(f.site_directory);
  j.at(1).get_to(f.name);
  j.at(2).get_to(f.import_lines);
}

static json stamp_to_json(const bundle::Stamp& s) {
  return {s.mtime_ns, s.size, s.inode, s.ctime_ns};
}

static bundle::Stamp stamp_from_json(const json& j) {
  return {j.at(0).get<std::int64_t>(), j.at(1).get<std::uint64_t>(), j.at(2).get<std::uint64_t>(),
          j.at(3).get<std::int64_t>()};
}

static json listing_to_json(const std::optional<NewerListing>& l) {
  if (!l) return nullptr;
  return {l->path, stamp_to_json(l->replaces), stamp_to_json(l->stamp), l->names};
}

static std::optional<NewerListing> listing_from_json(const json& j) {
  if (j.is_null()) return std::nullopt;
  return NewerListing{j.at(0).get<std::string>(), stamp_from_json(j.at(1)),
                      stamp_from_json(j.at(2)), j.at(3).get<std::string>()};
}

std::string encode(const Session& s) {
  const json j = {{"program", s.program},
                  {"python_magic", s.python_magic},
                  {"abi_tag", s.abi_tag},
                  {"sys_strings", s.sys_strings},
                  {"sys_none", s.sys_none},
                  {"search_path", s.search_path},
                  {"early_modules", s.early_modules},
                  {"module_files", s.module_files},
                  {"has_site", s.has_site},
                  {"site_state", s.site_state},
                  {"path_files", s.path_files},
                  {"mpi4py", static_cast<int>(s.mpi4py)},
                  {"mpi4py_warning", s.mpi4py_warning},
                  {"mpi4py_folder", s.mpi4py_folder},
                  {"mpi_library", s.mpi_library},
                  {"newer_listing", listing_to_json(s.newer_listing)}};
  std::string bytes;
  json::to_msgpack(j, bytes);
  return bytes;
}

static Session from_fields(const json& j) {
  Session s;
  j.at("program").get_to(s.program);
  j.at("python_magic").get_to(s.python_magic);
  j.at("abi_tag").get_to(s.abi_tag);
  j.at("sys_strings").get_to(s.sys_strings);
  j.at("sys_none").get_to(s.sys_none);
  j.at("search_path").get_to(s.search_path);
  j.at("early_modules").get_to(s.early_modules);
  j.at("module_files").get_to(s.module_files);
  j.at("has_site").get_to(s.has_site);
  j.at("site_state").get_to(s.site_state);
  j.at("path_files").get_to(s.path_files);
  s.mpi4py = static_cast<Mpi4pyChoice>(j.at("mpi4py").get<int>());
  j.at("mpi4py_warning").get_to(s.mpi4py_warning);
  j.at("mpi4py_folder").get_to(s.mpi4py_folder);
  j.at("mpi_library").get_to(s.mpi_library);
  s.newer_listing = listing_from_json(j.at("newer_listing"));
  return s;
}

Session decode(std::string_view bytes) {
  try {
    return from_fields(json::from_msgpack(bytes.begin(), bytes.end()));
  } catch (const json::exception& error) {
    throw std::runtime_error(std::string("unusable session: ") + error.what());
  }
}

}  // namespace pylaunch::embed
