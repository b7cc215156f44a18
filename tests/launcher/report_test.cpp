// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/report.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>

#include "launcher/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

using nlohmann::json;

namespace {

JobRecord sample_job() {
  JobRecord job;
  for (int rank = 0; rank < 3; ++rank) {
    RankSummary summary;
    summary.rank = rank;
    for (std::size_t phase = 0; phase < phase_count; ++phase)
      summary.phases[phase] = 0.1 * static_cast<double>(phase + 1) + rank;
    summary.modules_from_memory = 10 + static_cast<std::uint64_t>(rank);
    summary.modules_from_files = 1;
    summary.built_in_modules = 30;
    summary.misses = 2;
    job.ranks.push_back(summary);
  }
  job.slowest = 2;
  job.wanted = {"S /site/missed.py", "M no.such.module"};
  job.slowest_modules = json::array();
  for (int i = 0; i < 20; ++i)
    job.slowest_modules.push_back({{"name", "module" + std::to_string(i)},
                                   {"origin", i == 7 ? "file system" : "memory"},
                                   {"self_ns", i * 1'000'000LL},
                                   {"inclusive_ns", i * 2'000'000LL}});
  return job;
}

JobFacts sample_facts() {
  JobFacts facts;
  facts.program = "script.py --fast";
  facts.python = "CPython 3.11 (/usr/bin/python3)";
  facts.mpi = "MPICH Version: 4.0.2";
  facts.nodes = 2;
  facts.broadcast_bytes = 26'000'000;
  facts.bundle_files = 321;
  return facts;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST(TextReport, head_names_program_ranks_nodes_python_and_mpi) {
  const std::string text = format_text(sample_job(), sample_facts());
  const std::string head = text.substr(0, text.find('\n'));
  for (const char* part :
       {"script.py --fast", "3 ranks", "2 nodes", "CPython 3.11", "MPICH Version: 4.0.2"})
    EXPECT_TRUE(contains(head, part)) << head;
}

TEST(TextReport, has_a_row_for_every_phase_with_the_rank_of_the_slowest) {
  const std::string text = format_text(sample_job(), sample_facts());
  std::istringstream lines(text);
  std::size_t rows = 0;
  for (std::string line; std::getline(lines, line);)
    for (const char* name : phase_names)
      if (line.starts_with(std::string("  ") + name + " ")) {
        ++rows;
        EXPECT_EQ(line.back(), '2') << line;
      }
  EXPECT_EQ(rows, phase_count);
}

TEST(TextReport, slowest_modules_come_first_and_are_few) {
  const std::string text = format_text(sample_job(), sample_facts());
  EXPECT_LT(text.find("module19"), text.find("module18"));
  EXPECT_FALSE(contains(text, "module3\n"));
}

TEST(TextReport, misses_are_named_with_their_remedy) {
  const std::string text = format_text(sample_job(), sample_facts());
  EXPECT_TRUE(contains(text, "2 files or names"));
  EXPECT_TRUE(contains(text, "next"));
  EXPECT_TRUE(contains(text, "    /site/missed.py\n"));
}

TEST(TextReport, shared_objects_above_the_limit_are_no_other_misses) {
  JobRecord job = sample_job();
  job.wanted.insert("L /site/large.so");
  JobFacts facts = sample_facts();
  facts.large_libraries = {"L /site/large.so", "L /site/not_used.so"};
  const std::string text = format_text(job, facts);
  EXPECT_TRUE(contains(text, "2 files or names"));
  EXPECT_TRUE(contains(
      text, "1 shared object was loaded from the file by each rank, above --library-limit:"));
  EXPECT_LT(text.find("above --library-limit"), text.find("    /site/large.so\n"));
  EXPECT_FALSE(contains(text, "not_used"));
  const json report = json::parse(format_json(job, facts));
  EXPECT_EQ(report.at("above_library_limit").size(), 2u);
}

TEST(TextReport, files_that_the_program_opens_are_named_in_order_of_use) {
  JobRecord job = sample_job();
  for (std::uint64_t i = 1; i <= 12; ++i)
    job.opened["/data/" + std::to_string(i)] = {.times = 10 * i, .ranks = 3};
  const std::string text = format_text(job, sample_facts());
  EXPECT_TRUE(contains(text, "12 files were opened by the program itself"));
  EXPECT_LT(text.find("/data/12\n"), text.find("/data/11\n"));
  EXPECT_TRUE(contains(text, "   120 times on    3 ranks   /data/12\n"));
  EXPECT_FALSE(contains(text, "/data/2\n"));
  const json report = json::parse(format_json(job, sample_facts()));
  EXPECT_EQ(report.at("opened")[1], (json{{"path", "/data/10"}, {"times", 100}, {"ranks", 3}}));
}

TEST(TextReport, single_file_has_no_plural) {
  JobRecord job = sample_job();
  job.wanted = {"S /site/missed.py"};
  job.opened["/data/1"] = {.times = 3, .ranks = 3};
  const std::string text = format_text(job, sample_facts());
  EXPECT_TRUE(contains(text, "  1 file or name was asked of the file system;"));
  EXPECT_TRUE(contains(text, "  1 file was opened by the program itself"));
}

TEST(TextReport, cache_that_keeps_nothing_is_said_and_promises_nothing) {
  JobFacts facts = sample_facts();
  facts.cache = "/home/u/.cache/pylaunch/0123456789abcdef";
  EXPECT_FALSE(contains(format_text(sample_job(), facts), "cache:"));
  facts.cache_problem = "cannot write /home/u/x.bundle: Disk quota exceeded";
  const std::string text = format_text(sample_job(), facts);
  EXPECT_TRUE(contains(text, "  cache: cannot write /home/u/x.bundle: Disk quota exceeded\n"));
  EXPECT_FALSE(contains(text, "next time"));
  const json report = json::parse(format_json(sample_job(), facts));
  EXPECT_EQ(report.at("cache"), facts.cache);
  EXPECT_EQ(report.at("cache_problem"), facts.cache_problem);
}

TEST(TextReport, first_run_and_switched_off_broadcast_are_said) {
  JobFacts facts = sample_facts();
  EXPECT_FALSE(contains(format_text(sample_job(), facts), "first run"));
  facts.first_run = true;
  EXPECT_TRUE(contains(format_text(sample_job(), facts), "first run"));
  facts.is_broadcast = false;
  const std::string off = format_text(sample_job(), facts);
  EXPECT_TRUE(contains(off, "no broadcast"));
  EXPECT_FALSE(contains(off, "/site/missed.py"));
  EXPECT_FALSE(contains(off, "lookups missed"));
}

TEST(TextReport, job_of_one_rank_has_no_plural) {
  JobRecord job = sample_job();
  job.ranks.resize(1);
  job.slowest = 0;
  JobFacts facts = sample_facts();
  facts.nodes = 1;
  EXPECT_TRUE(contains(format_text(job, facts), "on 1 rank, 1 node;"));
  EXPECT_TRUE(contains(format_text(job, facts), "bundle: 321 files, 26.0 MB, for no other rank\n"));
}

TEST(TextReport, empty_record_is_printed_all_the_same) {
  EXPECT_FALSE(format_text(JobRecord(), JobFacts()).empty());
  EXPECT_TRUE(json::accept(format_json(JobRecord(), JobFacts())));
}

TEST(JsonReport, holds_every_phase_of_every_rank_in_seconds) {
  const json report = json::parse(format_json(sample_job(), sample_facts()));
  ASSERT_EQ(report.at("ranks").size(), 3u);
  for (std::size_t rank = 0; rank < 3; ++rank) {
    const json& entry = report["ranks"][rank];
    EXPECT_EQ(entry.at("rank"), rank);
    ASSERT_EQ(entry.at("phases_seconds").size(), phase_count);
    for (std::size_t phase = 0; phase < phase_count; ++phase)
      EXPECT_DOUBLE_EQ(entry["phases_seconds"].at(phase_names[phase]).get<double>(),
                       0.1 * static_cast<double>(phase + 1) + static_cast<double>(rank));
    EXPECT_EQ(entry.at("modules_from_memory"), 10 + rank);
    EXPECT_EQ(entry.at("misses"), 2);
  }
  EXPECT_EQ(report.at("slowest_rank"), 2);
  EXPECT_EQ(report.at("broadcast_bytes"), 26'000'000);
  EXPECT_EQ(report.at("missed").size(), 2u);
}

TEST(JsonReport, carries_the_modules_of_every_rank_when_they_were_gathered) {
  JobRecord job = sample_job();
  for (const char* name : {"m0", "m1", "m2"})
    job.records.push_back({{"modules", json::array({{{"name", name}}})},
                           {"wanted", json::array()},
                           {"built_in", json::array({"sys"})}});
  const json report = json::parse(format_json(job, sample_facts()));
  EXPECT_EQ(report["ranks"][1]["modules"][0]["name"], "m1");
  EXPECT_EQ(report["ranks"][2]["built_in"][0], "sys");
}

TEST(JsonReport, paths_that_are_no_utf8_do_not_stop_it) {
  JobRecord job = sample_job();
  job.wanted.insert("S /tmp/\xff.py");
  EXPECT_TRUE(json::accept(format_json(job, sample_facts())));
}

TEST(StartupSeconds, leave_out_the_script_and_the_end) {
  PhaseSeconds phases = {};
  phases.fill(1);
  EXPECT_DOUBLE_EQ(startup_seconds(phases), phase_count - 2);
}

TEST(ReportFileTest, is_opened_before_the_run_and_written_after_it) {
  const TemporaryFolder folder;
  Options options;
  options.report = true;
  options.report_file = folder / "report.json";
  ReportFile report = ReportFile::open(options);
  EXPECT_TRUE(std::filesystem::exists(options.report_file));
  EXPECT_TRUE(report.wants_everything());
  report.print(sample_job(), sample_facts());
  EXPECT_EQ(json::parse(read_text(options.report_file))["nodes"], 2);
}

TEST(ReportFileTest, pipe_without_a_reader_is_an_error_and_not_a_wait) {
  const TemporaryFolder folder;
  Options options;
  options.report = true;
  options.report_file = folder / "pipe";
  ASSERT_EQ(mkfifo(options.report_file.c_str(), 0600), 0);
  EXPECT_THROW(ReportFile::open(options), LaunchError);
  const int reader = open(options.report_file.c_str(), O_RDONLY | O_NONBLOCK);
  ReportFile::open(options).print(sample_job(), sample_facts());
  char begin[8] = {};
  EXPECT_EQ(read(reader, begin, 8), 8);
  EXPECT_EQ(std::string(begin, 8), "pylaunch");
  close(reader);
}

TEST(ReportFileTest, file_that_cannot_be_written_is_a_usage_error) {
  Options options;
  options.report = true;
  options.report_file = "/nonexistent/report.txt";
  try {
    ReportFile::open(options);
    FAIL();
  } catch (const LaunchError& error) {
    EXPECT_EQ(error.status(), 64);
    EXPECT_TRUE(contains(error.what(), "/nonexistent/report.txt"));
  }
}

TEST(ReportFileTest, no_report_was_asked_for) { EXPECT_FALSE(ReportFile::open(Options())); }

}  // namespace pylaunch::testing
