// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>

#include "bundle/support_api.h"
#include "launcher/error.hpp"
#include "launcher/report.hpp"

namespace pylaunch {

using nlohmann::json;

namespace {

json rank_entry(const JobRecord& job, std::size_t index) {
  const RankSummary& summary = job.ranks[index];
  json phases = json::object();
  for (std::size_t phase = 0; phase < phase_count; ++phase)
    phases[phase_names[phase]] = summary.phases[phase];
  json entry = {{"rank", summary.rank},
                {"phases_seconds", phases},
                {"startup_seconds", startup_seconds(summary.phases)},
                {"modules_from_memory", summary.modules_from_memory},
                {"modules_from_files", summary.modules_from_files},
                {"built_in_modules", summary.built_in_modules},
                {"misses", summary.misses}};
  if (index < job.records.size()) {
    entry["modules"] = job.records[index].value("modules", json::array());
    entry["missed"] = job.records[index].value("wanted", json::array());
    entry["built_in"] = job.records[index].value("built_in", json::array());
  }
  return entry;
}

json opened_files(const JobRecord& job) {
  json files = json::array();
  for (const auto& [path, file] : job.opened)
    files.push_back({{"path", path}, {"times", file.times}, {"ranks", file.ranks}});
  return files;
}

}  // namespace

std::string format_json(const JobRecord& job, const JobFacts& facts) {
  json ranks = json::array();
  for (std::size_t i = 0; i < job.ranks.size(); ++i) ranks.push_back(rank_entry(job, i));
  const json report = {{"program", facts.program},
                       {"python", facts.python},
                       {"mpi", facts.mpi},
                       {"nodes", facts.nodes},
                       {"broadcast", facts.is_broadcast},
                       {"broadcast_bytes", facts.broadcast_bytes},
                       {"bundle_files", facts.bundle_files},
                       {"first_run", facts.first_run},
                       {"cache", facts.cache},
                       {"cache_problem", facts.cache_problem},
                       {"slowest_rank", job.slowest_rank()},
                       {"missed", job.wanted},
                       {"above_library_limit", facts.large_libraries},
                       {"opened", opened_files(job)},
                       {"ranks", ranks}};
  // Paths need not be UTF-8: what is not is replaced, here only.
  return report.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

ReportFile ReportFile::open(const Options& options) {
  ReportFile report;
  if (!options.report) return report;
  const std::string& name = options.report_file;
  report.is_json_ = name.ends_with(".json");
  if (name.empty()) {
    report.name_ = "standard error";
    report.file_ = {stderr, std::fflush};
    return report;
  }
  // Of a pipe that nobody reads, opening would wait for a reader for ever.
  const int descriptor =
      ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC, 0666);
  if (descriptor >= 0) fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
  std::FILE* file = descriptor >= 0 ? fdopen(descriptor, "w") : nullptr;
  if (file == nullptr)
    throw LaunchError(PYLAUNCH_EXIT_USAGE, "",
                      "--report: cannot write " + name + ": " + std::strerror(errno));
  report.name_ = name;
  report.file_ = {file, std::fclose};
  return report;
}

void ReportFile::print(const JobRecord& job, const JobFacts& facts) {
  const std::string text = is_json_ ? format_json(job, facts) : format_text(job, facts);
  // Whether there is room may show only when what is buffered goes out, or even at the end.
  const Close close = file_.get_deleter();
  std::FILE* const file = file_.release();
  int error = std::fwrite(text.data(), 1, text.size(), file) == text.size() ? 0 : errno;
  if (close(file) != 0 && error == 0) error = errno;
  if (error != 0) spdlog::warn("--report: {} is not complete: {}", name_, std::strerror(error));
}

}  // namespace pylaunch
