// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/conclusion.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <exception>

#include "launcher/job_record.hpp"
#include "launcher/version.hpp"

namespace pylaunch {

namespace {

std::size_t entries_in(bundle::Bytes bytes) {
  return bytes.empty() ? 0 : bundle::BundleView(bytes).size();
}

std::set<std::string> libraries_above_limit(bundle::Bytes bytes) {
  std::set<std::string> lines;
  if (bytes.empty()) return lines;
  const bundle::BundleView view(bytes);
  for (std::uint32_t i = 0; i < view.size(); ++i) {
    const bundle::Entry& entry = view.entry(i);
    if (entry.kind == bundle::Kind::library && entry.content_bytes == 0)
      lines.insert("L " + std::string(view.path(entry)));
  }
  return lines;
}

// The import log counts nanoseconds inside of run(); the timeline has them as part of the script.
void split_imports(Timeline& timeline, std::string_view record) {
  if (record.empty()) return;
  const auto decoded = nlohmann::json::from_msgpack(record.begin(), record.end(), true, false);
  if (!decoded.is_object()) return;
  const double seconds = static_cast<double>(decoded.value("imports_ns", 0LL)) / 1e9;
  timeline.move(Phase::script, Phase::imports, seconds);
}

bool write_bundle(const PreparedJob& job, const NodeCopy& files, std::uint64_t size) {
  const std::string name = job.cache_name + ".bundle";
  if (!job.cache.make_room(name, size)) return false;
  if (!files.holds_files()) return job.cache.write(name, job.bundle);
  return job.cache.write(name, [&files](const auto& take) { files.read_whole_bundle(take); });
}

const char* outcome(bool is_written, bool is_new) {
  return is_written ? "written" : is_new ? "not written" : "unchanged";
}

void update_cache(PreparedJob& job, const JobRecord& record, const NodeCopy& files) {
  if (!job.cache || files.bundle().empty()) return;
  job.cache.forget_problem();  // an earlier attempt's
  const bundle::BundleView view(files.bundle());
  if (job.manifest.merge(record, &view, job.started_ns)) job.has_new_manifest = true;
  const bool has_written_manifest =
      job.has_new_manifest &&
      job.cache.write(job.cache_name + ".manifest", bundle::as_bytes(job.manifest.text()));
  if (has_written_manifest) job.has_new_manifest = false;
  const bool has_written_bundle =
      job.has_new_bundle && write_bundle(job, files, view.header().total_bytes);
  if (has_written_bundle) job.has_new_bundle = false;
  if (!job.has_new_bundle)
    job.prefetch.expect(job.cache, job.cache_name + ".bundle", job.is_copied);
  spdlog::debug("cache {}/{}: manifest {}, bundle {}", job.cache.path(), job.cache_name,
                outcome(has_written_manifest, job.has_new_manifest),
                outcome(has_written_bundle, job.has_new_bundle));
}

// What the job leaves for later is no reason to end it in another way than its program did.
template <typename Step>
void without_harm(spdlog::level::level_enum level, const char* complaint, Step&& step) {
  try {
    step();
  } catch (const std::exception& error) {
    spdlog::log(level, "{}: {}", complaint, error.what());
  }
}

JobFacts facts_of(const Options& options, const PreparedJob& job, const NodeCopy& files,
                  const NodeTopology& nodes) {
  JobFacts facts;
  for (const std::string& argument : options.python_arguments)
    facts.program += (facts.program.empty() ? "" : " ") + argument;
  facts.python = fmt::format("CPython {} ({})", job.python.version, job.python.executable);
  facts.mpi = mpi_library_version();
  facts.nodes = nodes.node_count;
  facts.broadcast_bytes = files.bytes() + job.stale_bytes;
  facts.bundle_files = entries_in(files.bundle());
  facts.first_run = job.is_first_run;
  facts.is_broadcast = options.broadcast;
  facts.large_libraries = libraries_above_limit(files.bundle());
  if (!options.broadcast) return facts;
  if (job.cache) facts.cache = job.cache.path() + "/" + job.cache_name;
  facts.cache_problem = job.cache.problem();
  return facts;
}

}  // namespace

void learn(PreparedJob& job, std::string_view record, const NodeCopy& files) {
  without_harm(spdlog::level::debug, "nothing learned from the running job",
               [&] { update_cache(job, own_record(record, entries_in(files.bundle())), files); });
}

void conclude(const Options& options, PreparedJob& job, const JobHeader& header,
              const PythonRuntime& python, const NodeCopy& files, const NodeTopology& nodes,
              Timeline& timeline, const Communicator& all) {
  split_imports(timeline, python.record());
  const JobRecord record = gather_records(python.record(), timeline.seconds(),
                                          entries_in(files.bundle()), header.wants_everything, all);
  if (!python.is_root()) return;
  without_harm(spdlog::level::debug, "nothing learned from the job",
               [&] { update_cache(job, record, files); });
  without_harm(spdlog::level::warn, "no report", [&] {
    if (job.report) job.report.print(record, facts_of(options, job, files, nodes));
  });
}

}  // namespace pylaunch
