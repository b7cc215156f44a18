// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/prepared_job.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <fstream>

#include "launcher/broadcast.hpp"
#include "launcher/error.hpp"
#include "launcher/support_library.hpp"

namespace pylaunch {

namespace {

bundle::BundleBuffer read_library(const std::string& path) {
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  const auto size = stream.tellg();
  if (!stream || size < 0)
    throw LaunchError(PYLAUNCH_EXIT_NO_PYTHON, "collect", "cannot read " + path);
  bundle::BundleBuffer buffer(static_cast<std::uint64_t>(size));
  stream.seekg(0);
  if (!stream.read(reinterpret_cast<char*>(buffer.data()), size))
    throw LaunchError(PYLAUNCH_EXIT_NO_PYTHON, "collect", "cannot read " + path);
  return buffer;
}

std::int64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

void find_interpreter(PreparedJob& job, const Options& options) {
  job.started_ns = now_ns();
  job.report = ReportFile::open(options);
  job.cache = CacheDirectory::open(options);
  job.python = find_python(options, job.cache);
  job.header = {job.python.executable, job.python.library,
                find_support_library(job.python.version)};
}

void resolve_environment(PreparedJob& job, PythonRuntime& python) {
  const ResolvedEnvironment environment = python.resolve(job.header);
  job.session = environment.session;
  job.cache_name = fmt::format("{:016x}", environment.key);
  job.manifest = Manifest(job.cache.read_text(job.cache_name + ".manifest").value_or(""));
  job.is_first_run = job.manifest.empty();
}

void collect_bundle(PreparedJob& job, PythonRuntime& python) {
  if (!job.is_first_run)
    job.cached_bundle = job.cache.read_bundle(job.cache_name + ".bundle", !python.is_alone());
  job.bundle = python.collect(job.manifest.lines(), job.cached_bundle.bytes());
  if (python.is_alone()) return;
  job.libpython = read_library(job.header.libpython);
  job.support_library = read_library(job.header.support_library);
}

void take_steps(PreparedJob& job, const Options& options, PythonRuntime& python, Timeline& timeline,
                bool is_early) {
  if (!job.is_resolved) {
    timeline.enter(Phase::python_init);
    find_interpreter(job, options);
    if (options.broadcast) resolve_environment(job, python);
    job.is_resolved = true;
  }
  if (!options.broadcast || job.is_collected || (is_early && job.is_first_run)) return;
  timeline.enter(Phase::collect);
  collect_bundle(job, python);
  job.is_collected = true;
}

void take_steps_safely(PreparedJob& job, const Options& options, PythonRuntime& python,
                       Timeline& timeline, bool is_early) {
  if (!python.is_root() || job.ends_with) return;
  try {
    take_steps(job, options, python, timeline, is_early);
  } catch (const LaunchError& error) {
    if (*error.what() != '\0') spdlog::error(error.what());
    job.ends_with = error.status();
  } catch (const std::exception& error) {
    spdlog::error(error.what());
    job.ends_with = PYLAUNCH_EXIT_INTERNAL;
  }
}

}  // namespace

Cargo PreparedJob::cargo() const {
  if (session.empty()) return {};
  return {session,
          bundle,
          {{"libpython", libpython.bytes()}, {"libpylaunch-python", support_library.bytes()}}};
}

void PreparedJob::leave_to(const NodeCopy& files) {
  has_new_bundle = !bundle.empty() && bundle.data() != cached_bundle.bytes().data();
  if (!files.holds_files()) return;
  libpython = {};
  support_library = {};
  cached_bundle = {};
  bundle = {};
}

void prepare_early(PreparedJob& job, const Options& options, PythonRuntime& python,
                   Timeline& timeline) {
  take_steps_safely(job, options, python, timeline, true);
}

void prepare(PreparedJob& job, const Options& options, PythonRuntime& python, Timeline& timeline) {
  take_steps_safely(job, options, python, timeline, false);
}

JobHeader agree_to_start(const PreparedJob& job, const Communicator& all) {
  struct Fixed {
    std::int32_t ends = 0, status = 0;
    std::uint64_t sizes[3] = {};
  } fixed;
  fixed.ends = job.ends_with ? 1 : 0;
  fixed.status = job.ends_with.value_or(0);
  JobHeader header = job.header;
  std::string* const fields[] = {&header.executable, &header.libpython, &header.support_library};
  for (int i = 0; i < 3; ++i) fixed.sizes[i] = fields[i]->size();
  broadcast_value(fixed, all, "agreement to start");
  if (fixed.ends != 0) throw AgreedEnd{fixed.status};
  Broadcast broadcast(all, "agreement to start");
  for (int i = 0; i < 3; ++i) {
    fields[i]->resize(fixed.sizes[i]);
    broadcast.add(std::as_writable_bytes(std::span(*fields[i])));
  }
  broadcast.finish();
  return header;
}

}  // namespace pylaunch
