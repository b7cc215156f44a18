// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/job_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "launcher/agreement.hpp"
#include "launcher/broadcast.hpp"
#include "launcher/error.hpp"
#include "launcher/gather.hpp"

namespace pylaunch {

namespace {

using nlohmann::json;
constexpr const char* during = "gathering of the timings";

json decode(std::string_view record) {
  if (record.empty()) return json::object();
  json decoded = json::from_msgpack(record.begin(), record.end(), true, false);
  return decoded.is_object() ? decoded : json::object();
}

RankSummary summarize(const json& record, const PhaseSeconds& phases) {
  RankSummary summary;
  summary.phases = phases;
  for (const json& module : record.value("modules", json::array())) {
    const bool from_memory = module.value("origin", "") == "memory";
    ++(from_memory ? summary.modules_from_memory : summary.modules_from_files);
  }
  summary.built_in_modules = record.value("built_in", json::array()).size();
  summary.misses = record.value("wanted", json::array()).size();
  return summary;
}

std::vector<RankSummary> gather_summaries(const RankSummary& mine, const Communicator& all) {
  std::vector<RankSummary> summaries(all.rank() == 0 ? static_cast<std::size_t>(all.size()) : 0);
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Igather(&mine, sizeof mine, MPI_BYTE, summaries.data(), sizeof mine, MPI_BYTE, 0,
                        all.get(), &request),
            during);
  wait_all({&request, 1}, during);
  return summaries;
}

std::vector<std::uint8_t> used_entries(const json& record, std::size_t entries) {
  std::vector<std::uint8_t> used(entries);
  for (const json& index : record.value("used", json::array()))
    if (index.get<std::size_t>() < entries) used[index.get<std::size_t>()] = 1;
  return used;
}

std::vector<bool> reduce_used(const json& record, std::size_t entries, const Communicator& all) {
  const std::vector<std::uint8_t> mine = used_entries(record, entries);
  std::vector<std::uint8_t> any(entries);
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Ireduce(mine.data(), any.data(), static_cast<int>(entries), MPI_UINT8_T, MPI_MAX, 0,
                        all.get(), &request),
            during);
  wait_all({&request, 1}, during);
  return {any.begin(), any.end()};
}

constexpr char opened_mark = '#', written_mark = '!';  // no letters of a manifest

// What rank 0 wants to know of all ranks' files, as one piece: manifest lines, "# TIMES PATH" and
// "! PATH". A path with a line feed in it is left out.
std::string lines_of(const json& record) {
  std::string text;
  const auto add = [&text](const std::string& line) {
    if (line.find('\n') == line.npos) text += line + '\n';
  };
  for (const json& line : record.value("wanted", json::array())) add(line.get<std::string>());
  for (const json& file : record.value("opened", json::array()))
    add(fmt::format("{} {} {}", opened_mark, file.at(1).get<std::uint64_t>(),
                    file.at(0).get<std::string>()));
  for (const json& path : record.value("written", json::array()))
    add(fmt::format("{} {}", written_mark, path.get<std::string>()));
  return text;
}

void take_line(JobRecord& job, std::string_view line) {
  if (line.starts_with(opened_mark)) {
    line.remove_prefix(2);
    const std::size_t blank = line.find(' ');
    OpenedFile& file = job.opened[std::string(line.substr(blank + 1))];
    file.times += std::stoull(std::string(line.substr(0, blank)));
    file.ranks += 1;
  } else if (line.starts_with(written_mark)) {
    job.written.emplace(line.substr(2));
  } else {
    job.wanted.emplace(line);
  }
}

void take_lines(JobRecord& job, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    take_line(job, text.substr(0, end));
    text.remove_prefix(end + 1);
  }
}

}  // namespace

double startup_seconds(const PhaseSeconds& phases) {
  return std::accumulate(phases.begin(), phases.end(), 0.0) -
         phases[static_cast<std::size_t>(Phase::script)] -
         phases[static_cast<std::size_t>(Phase::finalise)];
}

JobRecord own_record(std::string_view record_bytes, std::size_t entries) {
  JobRecord job;
  const json record = decode(record_bytes);
  const std::vector<std::uint8_t> used = used_entries(record, entries);
  job.used = {used.begin(), used.end()};
  take_lines(job, lines_of(record));
  return job;
}

JobRecord gather_records(std::string_view record_bytes, const PhaseSeconds& phases,
                         std::size_t entries, bool everything, const Communicator& all) {
  JobRecord job;
  const json record = decode(record_bytes);
  job.ranks = gather_summaries(summarize(record, phases), all);
  job.used = reduce_used(record, entries, all);
  for (const std::string& text : gather_strings(lines_of(record), all, during))
    take_lines(job, text);
  const auto startup = [](const RankSummary& rank) { return startup_seconds(rank.phases); };
  const auto slowest = std::ranges::max_element(job.ranks, {}, startup);
  job.slowest_rank = static_cast<std::size_t>(slowest - job.ranks.begin());
  // The slowest rank's modules only, unless all are wanted: thousands of ranks have the same ones.
  broadcast_value(job.slowest_rank, all, during);
  const bool send = everything || static_cast<std::size_t>(all.rank()) == job.slowest_rank;
  const std::vector<std::string> sent =
      gather_strings(send ? std::string(record_bytes) : std::string(), all, during);
  if (all.rank() != 0) return job;
  job.slowest_modules = decode(sent[job.slowest_rank]).value("modules", json::array());
  if (everything)
    for (const std::string& bytes : sent) job.records.push_back(decode(bytes));
  return job;
}

}  // namespace pylaunch
