// SPDX-License-Identifier: BSD-3-Clause
#include "embed/collect.hpp"

#include <pybind11/pybind11.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "embed/folder_listing.hpp"
#include "embed/python_objects.hpp"
#include "embed/stamp.hpp"
#include "embed/static_scan.hpp"

namespace pylaunch::embed {

namespace {

std::set<std::string> lines_of(std::string_view text) {
  std::set<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The modules that python3 imports before the program runs; every rank will want them.
void add_loaded_modules(Collector& collector) {
  const py::dict modules = sys_attribute("modules");
  for (const auto& [name, module] : modules) {
    const py::object spec = py::getattr(module, "__spec__", py::none());
    if (spec.is_none() || !py::getattr(spec, "has_location", py::bool_(false)).cast<bool>())
      continue;
    const std::string path = to_bytes(spec.attr("origin"));
    if (path.ends_with(".so"))
      collector.add_library(path);
    else
      collector.add_source(path);
    const py::object locations = spec.attr("submodule_search_locations");
    if (locations.is_none()) continue;
    for (const std::string& folder : to_strings(locations)) collector.add_folder(folder);
  }
}

py::object main_code(const Session& session, const Collector& collector) {
  const Program& program = session.program;
  if (!program.code.empty()) return unmarshal(program.code);
  if (program.kind != ProgramKind::script) return py::none();
  const std::string_view code = collector.code(program.name);
  return code.empty() ? py::none() : unmarshal(code);
}

// Everything that the program may import at its start, without a manifest to go by. Returns those
// of `includes` that no finder has.
std::vector<std::string> scan_program(Collector& collector, const Session& session,
                                      const std::vector<std::string>& includes) {
  std::vector<std::string> not_found;
  StaticScan scan(collector, session.program);
  add_loaded_modules(collector);
  for (const std::string& name : includes)
    if (!scan.add_module(name) && name != "mpi4py" && name != "pylaunch") not_found.push_back(name);
  // Printing a traceback on every rank should not read the file system on every rank.
  scan.add_module("traceback");
  if (session.program.kind == ProgramKind::module) {
    scan.add_module("runpy");
    scan.add_module(session.program.name);
    scan.add_module(session.program.name + ".__main__");
  }
  if (session.program.kind == ProgramKind::container) {
    scan.add_module("runpy");
    scan.add_module("__main__");
  }
  const py::object code = main_code(session, collector);
  if (!code.is_none()) scan.add_main(code);
  scan.run();
  return not_found;
}

// A program may come from hundreds of folders, all kept open; the usual limit is 1,024 descriptors,
// which may be raised for the time being.
class MoreDescriptors {
 public:
  MoreDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit more = before_;
    more.rlim_cur = std::max(before_.rlim_cur, std::min<rlim_t>(before_.rlim_max, 8192));
    setrlimit(RLIMIT_NOFILE, &more);
  }
  ~MoreDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  MoreDescriptors(const MoreDescriptors&) = delete;
  MoreDescriptors& operator=(const MoreDescriptors&) = delete;

 private:
  rlimit before_ = {};
};

// The scan itself imports modules; the program should not find them loaded, nor miss them among
// those that CPython 3.15 says to be imported once they are used.
class ModulesGuard {
 public:
  ModulesGuard() : before_(sys_attribute("modules").attr("copy")()), lazy_before_(lazy_modules()) {}
  ~ModulesGuard() {
    const py::dict modules = sys_attribute("modules");
    const py::list names(modules);
    for (const py::handle name : names)
      if (!before_.contains(name)) PyDict_DelItem(modules.ptr(), name.ptr());
    PyObject* lazy = PySys_GetObject("lazy_modules");
    if (lazy == nullptr || !PySet_Check(lazy)) return;
    PySet_Clear(lazy);
    for (const py::handle name : lazy_before_) PySet_Add(lazy, name.ptr());
  }
  ModulesGuard(const ModulesGuard&) = delete;
  ModulesGuard& operator=(const ModulesGuard&) = delete;

 private:
  static py::list lazy_modules() {
    PyObject* lazy = PySys_GetObject("lazy_modules");
    return lazy != nullptr ? py::list(py::reinterpret_borrow<py::object>(lazy)) : py::list();
  }

  py::dict before_;
  py::list lazy_before_;
};

}  // namespace

Collection::Collection(std::string_view manifest, const Session& session,
                       const std::vector<std::string>& includes, std::uint64_t library_size_limit)
    : manifest_(lines_of(manifest)),
      session_(session),
      includes_(includes),
      library_size_limit_(library_size_limit),
      freshness_(manifest_) {}

Collector Collection::collector() const {
  return {cached_ ? &*cached_ : nullptr, session_.python_magic, session_.abi_tag,
          library_size_limit_, newer_ ? &*newer_ : nullptr};
}

// Also of what the cached bundle does not have: of that it says nothing wrong.
bool Collection::is_unchanged(const std::string& path) const {
  const auto cached = cached_->find(path);
  if (!cached) return true;
  const std::optional<bundle::Stamp> now = stamp_of(path);
  return now && cached_->entry(*cached).stamp == *now;
}

// A folder of which only the names have changed: the new listing goes with the cached bundle.
bool Collection::can_take_folder(const std::string& path) {
  if (is_unchanged(path)) return true;
  const bundle::Entry& cached = cached_->entry(*cached_->find(path));
  OpenFolders folders;
  std::optional<FolderListing> now = list_folder(folders.place_of(path));
  if (cached.kind != bundle::Kind::directory || !now || !now->exists) return false;
  newer_ = NewerListing{path, cached.stamp, now->stamp, std::move(now->names)};
  return true;
}

// What is most likely to have changed is asked for at once: the script, and the folder that it is
// in or, for -c and -m, that the job was started in, where output files come and go.
bool Collection::can_take_users_part() {
  const Program& program = session_.program;
  std::error_code error;
  const std::string folder =
      program.path0.empty() ? std::filesystem::current_path(error).string() : program.path0;
  if (program.kind == ProgramKind::script && !cached_->find(program.name)) return false;
  return is_unchanged(program.name) && can_take_folder(folder);
}

bool Collection::offer(bundle::Bytes cached) {
  if (cached.empty()) return false;
  const bundle::BundleView view(cached);
  if (view.header().python_magic != session_.python_magic || view.abi_tag() != session_.abi_tag)
    return false;
  cached_.emplace(view);
  if (can_take_users_part() && collector().offers_cached_bundle(manifest_)) return true;
  newer_.reset();  // the bundle to come has its own listing
  return false;
}

CollectedBundle Collection::finish() {
  const ModulesGuard guard;
  const MoreDescriptors descriptors;
  Collector collector = this->collector();
  const std::vector<std::string> changed = collector.reuse_unchanged(manifest_, freshness_);
  CollectedBundle result;
  if (session_.program.kind == ProgramKind::script &&
      !collector.add_script(session_.program.name, session_.program.skip_first_line)) {
    result.program_compiles = false;
    return result;
  }
  if (manifest_.empty()) {
    result.not_found = scan_program(collector, session_, includes_);
  } else {
    for (const std::string& line : manifest_) collector.expect_line(line);
    for (const std::string& line : manifest_) collector.add_line(line);
  }
  if (!changed.empty() && !manifest_.empty()) {
    StaticScan scan(collector, session_.program);
    for (const std::string& line : changed)
      if (collector.add_line(line)) scan.add_file(line.substr(2));
    scan.run();
  }
  result.is_cached = collector.is_cached_bundle();
  if (!result.is_cached) result.bundle = collector.build();
  return result;
}

}  // namespace pylaunch::embed
