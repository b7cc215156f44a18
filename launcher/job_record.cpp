// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/job_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "launcher/agreement.hpp"
#include "launcher/broadcast.hpp"
#include "launcher/error.hpp"

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

// Byte strings of any length from all ranks to rank 0.
std::vector<std::string> gather_strings(const std::string& mine, const Communicator& all) {
  const bool is_root = all.rank() == 0;
  const int size = is_root ? all.size() : 0;
  int length = static_cast<int>(mine.size());
  std::vector<int> lengths(static_cast<std::size_t>(size));
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Igather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, 0, all.get(), &request),
            during);
  wait_all({&request, 1}, during);
  std::vector<int> offsets(lengths.size());
  std::exclusive_scan(lengths.begin(), lengths.end(), offsets.begin(), 0);
  std::string joined(std::accumulate(lengths.begin(), lengths.end(), std::size_t{0}), '\0');
  check_mpi(MPI_Igatherv(mine.data(), length, MPI_CHAR, joined.data(), lengths.data(),
                         offsets.data(), MPI_CHAR, 0, all.get(), &request),
            during);
  wait_all({&request, 1}, during);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < lengths.size(); ++i)
    parts.push_back(
        joined.substr(static_cast<std::size_t>(offsets[i]), static_cast<std::size_t>(lengths[i])));
  return parts;
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

std::vector<bool> reduce_used(const json& record, std::size_t entries, const Communicator& all) {
  std::vector<std::uint8_t> mine(entries), any(entries);
  for (const json& index : record.value("used", json::array()))
    if (index.get<std::size_t>() < entries) mine[index.get<std::size_t>()] = 1;
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Ireduce(mine.data(), any.data(), static_cast<int>(entries), MPI_UINT8_T, MPI_MAX, 0,
                        all.get(), &request),
            during);
  wait_all({&request, 1}, during);
  return {any.begin(), any.end()};
}

std::string joined_lines(const json& lines) {
  std::string text;
  for (const json& line : lines) text += line.get<std::string>() + "\n";
  return text;
}

template <typename Function>
void for_each_line(const std::string& text, Function&& function) {
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    function(text.substr(start, end - start));
    start = end + 1;
  }
}

// "TIMES PATH" for each file; a path with a line feed in it is left out.
std::string opened_lines(const json& opened) {
  std::string text;
  for (const json& file : opened) {
    const std::string path = file.at(0).get<std::string>();
    if (path.find('\n') == path.npos)
      text += fmt::format("{} {}\n", file.at(1).get<std::uint64_t>(), path);
  }
  return text;
}

std::map<std::string, OpenedFile> gather_opened(const json& record, const Communicator& all) {
  std::map<std::string, OpenedFile> opened;
  const std::string mine = opened_lines(record.value("opened", json::array()));
  for (const std::string& lines : gather_strings(mine, all))
    for_each_line(lines, [&opened](const std::string& line) {
      OpenedFile& file = opened[line.substr(line.find(' ') + 1)];
      file.times += std::stoull(line);
      file.ranks += 1;
    });
  return opened;
}

}  // namespace

double startup_seconds(const PhaseSeconds& phases) {
  return std::accumulate(phases.begin(), phases.end(), 0.0) -
         phases[static_cast<std::size_t>(Phase::script)] -
         phases[static_cast<std::size_t>(Phase::finalise)];
}

JobRecord gather_records(std::string_view record_bytes, const PhaseSeconds& phases,
                         std::size_t entries, bool everything, const Communicator& all) {
  JobRecord job;
  const json record = decode(record_bytes);
  job.ranks = gather_summaries(summarize(record, phases), all);
  job.used = reduce_used(record, entries, all);
  for (const std::string& lines :
       gather_strings(joined_lines(record.value("wanted", json::array())), all))
    for_each_line(lines, [&job](const std::string& line) { job.wanted.insert(line); });
  job.opened = gather_opened(record, all);
  for (const std::string& lines :
       gather_strings(joined_lines(record.value("written", json::array())), all))
    for_each_line(lines, [&job](const std::string& line) { job.written.insert(line); });
  const auto startup = [](const RankSummary& rank) { return startup_seconds(rank.phases); };
  const auto slowest = std::ranges::max_element(job.ranks, {}, startup);
  job.slowest_rank = static_cast<std::size_t>(slowest - job.ranks.begin());
  // The slowest rank's modules only, unless all are wanted: thousands of ranks have the same ones.
  broadcast_value(job.slowest_rank, all, during);
  const bool send = everything || static_cast<std::size_t>(all.rank()) == job.slowest_rank;
  const std::vector<std::string> sent =
      gather_strings(send ? std::string(record_bytes) : std::string(), all);
  if (all.rank() != 0) return job;
  job.slowest_modules = decode(sent[job.slowest_rank]).value("modules", json::array());
  if (everything)
    for (const std::string& bytes : sent) job.records.push_back(decode(bytes));
  return job;
}

}  // namespace pylaunch
