// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/job_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "launcher/agreement.hpp"
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
  check_mpi(MPI_Comm_rank(MPI_COMM_WORLD, &summary.rank), during);
  summary.phases = phases;
  for (const json& module : record.value("modules", json::array())) {
    const bool from_memory = module.value("origin", "") == "memory";
    ++(from_memory ? summary.modules_from_memory : summary.modules_from_files);
  }
  summary.built_in_modules = record.value("built_in", json::array()).size();
  summary.misses = record.value("wanted", json::array()).size();
  return summary;
}

std::vector<std::uint8_t> used_entries(const json& record, std::size_t entries) {
  std::vector<std::uint8_t> used(entries);
  for (const json& index : record.value("used", json::array()))
    if (index.get<std::size_t>() < entries) used[index.get<std::size_t>()] = 1;
  return used;
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

// What every rank is told of every other, to know who sends what.
struct Announcement {
  double startup = 0;
  std::int32_t lines = 0, record = 0;  // bytes
};

// One exchange for all that has a fixed size: each costs the time until the last rank comes to it.
std::vector<Announcement> exchange(const Announcement& mine, const RankSummary& summary,
                                   const std::vector<std::uint8_t>& used, JobRecord& job,
                                   const Communicator& all) {
  const auto size = static_cast<std::size_t>(all.size());
  std::vector<Announcement> announcements(size);
  std::vector<std::uint8_t> any(used.size());
  job.ranks.resize(all.rank() == 0 ? size : 0);
  MPI_Request requests[3] = {MPI_REQUEST_NULL, MPI_REQUEST_NULL, MPI_REQUEST_NULL};
  check_mpi(MPI_Iallgather(&mine, sizeof mine, MPI_BYTE, announcements.data(), sizeof mine,
                           MPI_BYTE, all.get(), &requests[0]),
            during);
  check_mpi(MPI_Igather(&summary, sizeof summary, MPI_BYTE, job.ranks.data(), sizeof summary,
                        MPI_BYTE, 0, all.get(), &requests[1]),
            during);
  check_mpi(MPI_Ireduce(used.data(), any.data(), static_cast<int>(used.size()), MPI_UINT8_T,
                        MPI_MAX, 0, all.get(), &requests[2]),
            during);
  wait_all(requests, during);
  job.used = {any.begin(), any.end()};
  return announcements;
}

std::vector<std::string> gather(const std::string& mine, std::int32_t Announcement::*length,
                                const std::vector<Announcement>& announcements,
                                const Communicator& all) {
  std::vector<int> lengths;
  for (const Announcement& each : announcements) lengths.push_back(each.*length);
  return gather_strings(mine, lengths, all, during);
}

// The slowest rank's record comes to rank 0; only these two take part.
std::string fetch_slowest(const std::string& mine, std::size_t slowest, int length,
                          const Communicator& all) {
  if (slowest == 0) return mine;
  const bool is_sender = static_cast<std::size_t>(all.rank()) == slowest;
  if (!is_sender && all.rank() != 0) return {};
  std::string record(is_sender ? 0 : static_cast<std::size_t>(length), '\0');
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(is_sender ? MPI_Isend(mine.data(), length, MPI_BYTE, 0, 0, all.get(), &request)
                      : MPI_Irecv(record.data(), length, MPI_BYTE, static_cast<int>(slowest), 0,
                                  all.get(), &request),
            during);
  wait_all({&request, 1}, during);
  return record;
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
  const std::string bytes(record_bytes), lines = lines_of(record);
  const Announcement mine = {startup_seconds(phases), gathered_length(lines),
                             gathered_length(bytes)};
  const std::vector<Announcement> announcements =
      exchange(mine, summarize(record, phases), used_entries(record, entries), job, all);
  for (const std::string& text : gather(lines, &Announcement::lines, announcements, all))
    take_lines(job, text);
  const auto slowest = std::ranges::max_element(announcements, {}, &Announcement::startup);
  job.slowest = static_cast<std::size_t>(slowest - announcements.begin());
  // The slowest rank's modules only, unless all are wanted: thousands of ranks have the same ones.
  std::string slowest_record;
  if (!everything) slowest_record = fetch_slowest(bytes, job.slowest, slowest->record, all);
  if (everything)
    for (const std::string& each : gather(bytes, &Announcement::record, announcements, all))
      job.records.push_back(decode(each));
  if (all.rank() != 0) return job;
  const json shown = everything ? job.records[job.slowest] : decode(slowest_record);
  job.slowest_modules = shown.value("modules", json::array());
  return job;
}

}  // namespace pylaunch
