// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>

#include "launcher/report.hpp"

namespace pylaunch {

namespace {

using nlohmann::json;

constexpr std::size_t modules_shown = 8;
constexpr std::size_t misses_shown = 5;
constexpr std::size_t opened_shown = 10;

std::string seconds_text(double seconds) {
  if (seconds < 0.0005) return "    -   ";
  if (seconds < 1) return fmt::format("{:5.0f} ms", seconds * 1e3);
  return fmt::format("{:5.2f} s ", seconds);
}

std::string bytes_text(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

struct Spread {
  double least = 0, median = 0, most = 0;
  int where = 0;  // the rank of `most`
};

// One value for each rank of the job.
Spread spread_of(std::vector<double> values, const JobRecord& job) {
  Spread spread;
  if (values.empty()) return spread;
  const auto most = std::ranges::max_element(values) - values.begin();
  spread.where = job.ranks.at(static_cast<std::size_t>(most)).rank;
  std::ranges::sort(values);
  spread.least = values.front();
  spread.most = values.back();
  spread.median = values[values.size() / 2];
  return spread;
}

std::string row(const std::string& name, const Spread& spread) {
  return fmt::format("  {:<14} {:>9} {:>9} {:>9}   {:>5}\n", name, seconds_text(spread.least),
                     seconds_text(spread.median), seconds_text(spread.most), spread.where);
}

std::string phase_table(const JobRecord& job) {
  std::string text = fmt::format("  {:<14} {:>9} {:>9} {:>9}   {:>5}\n", "phase", "min   ",
                                 "median  ", "max   ", "rank of max");
  std::vector<double> startup, total;
  for (std::size_t phase = 0; phase < phase_count; ++phase) {
    std::vector<double> values;
    for (const RankSummary& rank : job.ranks) values.push_back(rank.phases[phase]);
    text += row(phase_names[phase], spread_of(values, job));
  }
  for (const RankSummary& rank : job.ranks) startup.push_back(startup_seconds(rank.phases));
  return text + row("start-up, sum", spread_of(startup, job));
}

std::string import_lines(const JobRecord& job, const JobFacts& facts) {
  std::uint64_t memory = 0, files = 0, built_in = 0, misses = 0;
  for (const RankSummary& rank : job.ranks) {
    memory = std::max(memory, rank.modules_from_memory);
    files = std::max(files, rank.modules_from_files);
    built_in = std::max(built_in, rank.built_in_modules);
    misses = std::max(misses, rank.misses);
  }
  return fmt::format("  modules per rank (max): {} from memory, {} from files, {} built in{}\n",
                     memory, files, built_in,
                     facts.is_broadcast ? fmt::format("; {} lookups missed", misses) : "");
}

std::string slowest_modules(const JobRecord& job) {
  std::vector<json> modules(job.slowest_modules.begin(), job.slowest_modules.end());
  std::ranges::sort(modules, std::greater<>(),
                    [](const json& m) { return m.value("self_ns", 0LL); });
  std::string text =
      fmt::format("  slowest imports of rank {} (self time, with what they import, from)\n",
                  job.slowest_rank());
  for (std::size_t i = 0; i < std::min(modules.size(), modules_shown); ++i) {
    const json& module = modules[i];
    text += fmt::format("    {:7.1f} ms {:8.1f} ms   {:<12} {}\n",
                        static_cast<double>(module.value("self_ns", 0LL)) / 1e6,
                        static_cast<double>(module.value("inclusive_ns", 0LL)) / 1e6,
                        module.value("origin", ""), module.value("name", ""));
  }
  return modules.empty() ? "" : text;
}

std::string path_lines(const std::vector<std::string>& manifest_lines) {
  std::string text;
  for (std::size_t i = 0; i < std::min(manifest_lines.size(), misses_shown); ++i)
    text += "    " + manifest_lines[i].substr(2) + "\n";
  return manifest_lines.size() > misses_shown ? text + "    ...\n" : text;
}

std::string were(std::size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many) + (count == 1 ? " was" : " were");
}

std::string missed_lines(const JobRecord& job, const JobFacts& facts) {
  if (!facts.is_broadcast) return {};
  std::vector<std::string> missed, large;
  for (const std::string& line : job.wanted)
    (facts.large_libraries.contains(line) ? large : missed).push_back(line);
  std::string text;
  if (!missed.empty())
    text += fmt::format("  {} asked of the file system{}:\n",
                        were(missed.size(), "file or name", "files or names"),
                        facts.cache_problem.empty() ? "; what can be is broadcast next time" : "");
  text += path_lines(missed);
  if (!large.empty())
    text += fmt::format("  {} loaded from the file by each rank, above --library-limit:\n",
                        were(large.size(), "shared object", "shared objects"));
  return text + path_lines(large);
}

std::string opened_lines(const JobRecord& job, const JobFacts& facts) {
  if (job.opened.empty() || !facts.is_broadcast) return {};
  std::vector<std::pair<std::string, OpenedFile>> files(job.opened.begin(), job.opened.end());
  std::ranges::stable_sort(files, std::greater<>(), [](const auto& f) { return f.second.times; });
  std::string text = fmt::format("  {} opened by the program itself, on each rank anew:\n",
                                 were(files.size(), "file", "files"));
  for (std::size_t i = 0; i < std::min(files.size(), opened_shown); ++i)
    text += fmt::format("    {:>6} times on {:>4} ranks   {}\n", files[i].second.times,
                        files[i].second.ranks, files[i].first);
  return files.size() > opened_shown ? text + "    ...\n" : text;
}

}  // namespace

std::string format_text(const JobRecord& job, const JobFacts& facts) {
  std::string text = fmt::format("pylaunch: {} on {} rank{}, {} node{}; {}; {}\n", facts.program,
                                 job.ranks.size(), job.ranks.size() == 1 ? "" : "s", facts.nodes,
                                 facts.nodes == 1 ? "" : "s", facts.python, facts.mpi);
  text += phase_table(job);
  if (facts.is_broadcast)
    text += fmt::format("  {}: {} files, {}{}{}\n", job.ranks.size() == 1 ? "bundle" : "broadcast",
                        facts.bundle_files, bytes_text(facts.broadcast_bytes),
                        job.ranks.size() == 1 ? ", for no other rank" : " to each node",
                        facts.first_run ? " (first run: found by static scan)" : "");
  else
    text += "  no broadcast: every rank read its files itself\n";
  if (!facts.cache_problem.empty()) text += "  cache: " + facts.cache_problem + "\n";
  return text + import_lines(job, facts) + slowest_modules(job) + missed_lines(job, facts) +
         opened_lines(job, facts);
}

}  // namespace pylaunch
