// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/prepared_job.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <new>
#include <system_error>

#include "bundle/elf_segments.hpp"
#include "bundle/out_of_memory.hpp"
#include "launcher/agreement.hpp"
#include "launcher/broadcast.hpp"
#include "launcher/built_in_python.hpp"
#include "launcher/error.hpp"
#include "launcher/network_file_system.hpp"
#include "launcher/support_library.hpp"

namespace pylaunch {

namespace {

// What ld.so has use for, not symbol tables and debug information.
bundle::BundleBuffer read_library(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  char head[bundle::elf_head_bytes];
  stream.read(head, sizeof head);
  const auto head_bytes = static_cast<std::size_t>(stream.gcount());
  stream.clear();
  const std::streamoff file_bytes = stream.seekg(0, std::ios::end).tellg();
  if (file_bytes < 0) throw LaunchError(PYLAUNCH_EXIT_NO_PYTHON, "collect", "cannot read " + path);
  bundle::BundleBuffer buffer(
      bundle::loaded_size({head, head_bytes}, static_cast<std::uint64_t>(file_bytes)));
  const auto wanted = static_cast<std::streamsize>(buffer.bytes().size());
  if (!stream.seekg(0).read(reinterpret_cast<char*>(buffer.data()), wanted))
    throw LaunchError(PYLAUNCH_EXIT_NO_PYTHON, "collect", "cannot read " + path);
  return buffer;
}

std::int64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

void find_interpreter(PreparedJob& job, const Options& options, const PythonRuntime& python) {
  job.started_ns = now_ns();
  job.report = ReportFile::open(options);
  job.cache = CacheDirectory::open(options);
  job.python = find_python(options, job.cache);
  if (options.broadcast)
    job.prefetch = {job.cache, job.python.executable, options.python_arguments, python.is_alone(),
                    !python.has_closed_streams()};
  job.header = {job.python.executable, job.python.library, find_support_library(job.python.version),
                options.may_use_built_in ? built_in_library(job.python) : ""};
}

// Asks for the first and the last only: an environment and the Python that it was made from may lie
// on two file systems.
bool has_slow_libraries(const Manifest& manifest) {
  const std::vector<std::string> paths = manifest.libraries();
  return !paths.empty() &&
         (is_on_network_file_system(paths.front()) || is_on_network_file_system(paths.back()));
}

void resolve_environment(PreparedJob& job, PythonRuntime& python) {
  const ResolvedEnvironment environment = python.resolve(job.header);
  job.session = environment.session;
  job.cache_name = fmt::format("{:016x}", environment.key);
  std::error_code error;
  job.manifest = Manifest(job.cache.read_text(job.cache_name + ".manifest").value_or(""),
                          std::filesystem::current_path(error).string());
  job.is_first_run = job.manifest.empty();
  if (python.is_alone()) job.is_copied = has_slow_libraries(job.manifest);
}

void finish_collection(PreparedJob& job, PythonRuntime& python) {
  const bundle::Bytes newer = python.collect();
  job.has_new_bundle = !newer.empty();
  if (job.has_new_bundle) job.bundle = newer;
}

// The cached bundle is sent even before the file system has said whether it is still true.
void collect_bundle(PreparedJob& job, PythonRuntime& python) {
  if (!job.is_first_run)
    job.cached_bundle = job.prefetch.take(job.cache, job.cache_name + ".bundle", job.is_copied);
  job.bundle = job.cached_bundle.bytes();
  const CachedOffer offer = python.offer_cached(job.bundle);
  job.header.is_provisional = offer.is_candidate;
  job.session = offer.session;
  if (!job.header.is_provisional) finish_collection(job, python);
  if (python.is_alone()) return;
  job.libpython = read_library(job.header.libpython_file());
  job.support_library = read_library(job.header.support_library);
}

void take_steps(PreparedJob& job, const Options& options, PythonRuntime& python, Timeline& timeline,
                bool is_early) {
  if (!job.is_resolved) {
    timeline.enter(Phase::python_init);
    find_interpreter(job, options, python);
    if (options.broadcast) resolve_environment(job, python);
    if (options.broadcast) python.begin_collect(job.manifest.lines());
    job.is_resolved = true;
  }
  if (!options.broadcast || is_early) return;
  timeline.enter(Phase::collect);
  collect_bundle(job, python);
}

// Rank 0. What goes wrong is said, and ends the job when the ranks meet next.
template <typename Step>
void take_safely(PreparedJob& job, const PythonRuntime& python, const Timeline& timeline,
                 Step&& step) {
  if (!python.is_root() || job.ends_with) return;
  try {
    step();
  } catch (const LaunchError& error) {
    if (*error.what() != '\0') spdlog::error(error.what());
    job.ends_with = error.status();
  } catch (const std::bad_alloc&) {
    spdlog::error("during {}: {}", timeline.phase(), bundle::out_of_memory);
    job.ends_with = PYLAUNCH_EXIT_SYSTEM;
  } catch (const std::exception& error) {
    spdlog::error(error.what());
    job.ends_with = PYLAUNCH_EXIT_INTERNAL;
  }
}

}  // namespace

Cargo PreparedJob::cargo() {
  if (session.empty()) return {};
  Cargo cargo{session,
              bundle,
              {{"libpython", libpython.bytes()}, {"libpylaunch-python", support_library.bytes()}},
              is_copied};
  if (!has_new_bundle) cargo.bundle_files = &cached_bundle.files();
  return cargo;
}

void PreparedJob::leave_to(const NodeCopy& files) {
  if (!files.holds_files()) return;
  libpython = {};
  support_library = {};
  cached_bundle = {};
  bundle = {};
}

void prepare_early(PreparedJob& job, const Options& options, PythonRuntime& python,
                   Timeline& timeline) {
  take_safely(job, python, timeline, [&] { take_steps(job, options, python, timeline, true); });
}

void prepare(PreparedJob& job, const Options& options, PythonRuntime& python, Timeline& timeline) {
  take_safely(job, python, timeline, [&] { take_steps(job, options, python, timeline, false); });
}

JobHeader agree_to_start(const PreparedJob& job, const Communicator& all) {
  struct Fixed {
    std::int32_t ends = 0, status = 0, is_provisional = 0, wants_everything = 0;
    std::uint64_t sizes[4] = {};
  } fixed;
  fixed.ends = job.ends_with ? 1 : 0;
  fixed.status = job.ends_with.value_or(0);
  fixed.is_provisional = job.header.is_provisional ? 1 : 0;
  fixed.wants_everything = job.report.wants_everything() ? 1 : 0;
  JobHeader header = job.header;
  std::string* const fields[] = {&header.executable, &header.libpython, &header.support_library,
                                 &header.libpython_names};
  for (int i = 0; i < 4; ++i) fixed.sizes[i] = fields[i]->size();
  broadcast_value(fixed, all, "agreement to start");
  if (fixed.ends != 0) throw AgreedEnd{fixed.status};
  header.is_provisional = fixed.is_provisional != 0;
  header.wants_everything = fixed.wants_everything != 0;
  Broadcast broadcast(all, "agreement to start");
  for (int i = 0; i < 4; ++i) {
    fields[i]->resize(fixed.sizes[i]);
    broadcast.add(std::as_writable_bytes(std::span(*fields[i])));
  }
  broadcast.finish();
  return header;
}

void start_python(PythonRuntime& python, const JobHeader& header, NodeCopy& copy,
                  const Options& options, const Communicator& all) {
  if (options.broadcast) return python.start(header, copy);
  std::optional<int> ends_with;
  std::string reason;
  try {
    python.start(header, copy);
  } catch (const LaunchError& error) {
    ends_with = error.status();
    reason = error.what();
  }
  constexpr const char* during = "start without broadcast";
  const int largest = agree_on_largest(ends_with ? *ends_with + 1 : 0, all, during);
  if (largest == 0) return;
  const int first =
      all.size() - agree_on_largest(ends_with ? all.size() - all.rank() : 0, all, during);
  if (first == all.rank() && !reason.empty()) spdlog::error(reason);
  throw AgreedEnd{largest - 1};
}

std::optional<NodeCopy> replace_if_stale(PreparedJob& job, const JobHeader& header,
                                         PythonRuntime& python, const NodeCopy& provisional,
                                         const Communicator& all, const NodeTopology& nodes,
                                         Timeline& timeline) {
  if (!header.is_provisional) return std::nullopt;
  timeline.enter(python.is_root() ? Phase::collect : Phase::wait);
  take_safely(job, python, timeline, [&] { finish_collection(job, python); });
  struct Verdict {
    std::int32_t ends = 0, status = 0, is_stale = 0;
  } verdict;
  verdict.ends = job.ends_with ? 1 : 0;
  verdict.status = job.ends_with.value_or(0);
  verdict.is_stale = job.has_new_bundle ? 1 : 0;
  broadcast_value(verdict, all, "agreement on the files");
  if (verdict.ends != 0) throw AgreedEnd{verdict.status};
  if (verdict.is_stale == 0) return std::nullopt;
  timeline.enter(Phase::broadcast);
  job.stale_bytes = provisional.bytes();
  Cargo cargo;
  cargo.bundle = job.bundle;
  cargo.copy_for_one = job.is_copied;
  return std::optional<NodeCopy>(std::in_place, cargo, all, nodes);
}

}  // namespace pylaunch
