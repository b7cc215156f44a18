// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "launcher/job_record.hpp"

namespace pylaunch::testing {

using nlohmann::json;

class JobRecordTest : public ::testing::Test {
 protected:
  int rank() const { return all_.rank(); }
  int size() const { return all_.size(); }
  int last() const { return size() - 1; }

  // As the support library of this rank would give it.
  std::string record() const {
    const json value = {
        {"modules",
         json::array({{{"name", "from_memory"}, {"origin", "memory"}, {"self_ns", 5}},
                      {{"name", "of_rank_" + std::to_string(rank())}, {"origin", "file system"}}})},
        {"built_in", json::array({"sys", "builtins"})},
        {"used", json::array({0, rank() + 1, 1000})},
        {"wanted", json::array({"S /everybody.py", "M name_of_" + std::to_string(rank())})},
        {"opened", json::array({json::array({"/a file", 2}), json::array({"/two\nlines", 1})})},
        {"written", json::array({"/by rank " + std::to_string(rank())})},
        {"imports_ns", 1}};
    std::string bytes;
    json::to_msgpack(value, bytes);
    return bytes;
  }

  // The later the rank, the slower its start.
  PhaseSeconds phases() const {
    PhaseSeconds seconds = {};
    seconds[static_cast<std::size_t>(Phase::imports)] = 1.0 + rank();
    seconds[static_cast<std::size_t>(Phase::script)] = 100.0 - rank();
    return seconds;
  }

  Communicator all_ = Communicator::duplicate_world();
};

TEST_F(JobRecordTest, rank_0_has_every_ranks_numbers) {
  const JobRecord job = gather_records(record(), phases(), 8, false, all_);
  if (rank() != 0) return;
  ASSERT_EQ(job.ranks.size(), static_cast<std::size_t>(size()));
  for (int i = 0; i < size(); ++i) {
    const RankSummary& summary = job.ranks[static_cast<std::size_t>(i)];
    EXPECT_DOUBLE_EQ(summary.phases[static_cast<std::size_t>(Phase::imports)], 1.0 + i);
    EXPECT_EQ(summary.modules_from_memory, 1u);
    EXPECT_EQ(summary.modules_from_files, 1u);
    EXPECT_EQ(summary.built_in_modules, 2u);
    EXPECT_EQ(summary.misses, 2u);
  }
}

TEST_F(JobRecordTest, use_and_misses_are_the_union_over_ranks) {
  const JobRecord job = gather_records(record(), phases(), 8, false, all_);
  if (rank() != 0) return;
  ASSERT_EQ(job.used.size(), 8u);
  for (int entry = 0; entry < 8; ++entry)
    EXPECT_EQ(job.used[static_cast<std::size_t>(entry)], entry <= size()) << entry;
  EXPECT_EQ(job.wanted.size(), static_cast<std::size_t>(size()) + 1);
  EXPECT_TRUE(job.wanted.contains("S /everybody.py"));
  EXPECT_TRUE(job.wanted.contains("M name_of_" + std::to_string(last())));
}

TEST_F(JobRecordTest, opened_and_written_files_are_told_of_all_ranks) {
  const JobRecord job = gather_records(record(), phases(), 8, false, all_);
  if (rank() != 0) return;
  ASSERT_EQ(job.opened.size(), 1u);
  EXPECT_EQ(job.opened.at("/a file").times, 2u * static_cast<unsigned>(size()));
  EXPECT_EQ(job.opened.at("/a file").ranks, static_cast<unsigned>(size()));
  EXPECT_EQ(job.written.size(), static_cast<std::size_t>(size()));
  EXPECT_TRUE(job.written.contains("/by rank " + std::to_string(last())));
}

TEST_F(JobRecordTest, slowest_rank_is_judged_without_the_script) {
  const JobRecord job = gather_records(record(), phases(), 8, false, all_);
  if (rank() != 0) return;
  EXPECT_EQ(job.slowest, static_cast<std::size_t>(last()));
  EXPECT_EQ(job.slowest_modules.at(1).at("name"), "of_rank_" + std::to_string(last()));
  EXPECT_TRUE(job.records.empty());
}

TEST_F(JobRecordTest, everything_means_the_records_of_all_ranks) {
  const JobRecord job = gather_records(record(), phases(), 8, true, all_);
  if (rank() != 0) return;
  ASSERT_EQ(job.records.size(), static_cast<std::size_t>(size()));
  for (int i = 0; i < size(); ++i)
    EXPECT_EQ(job.records[static_cast<std::size_t>(i)]["modules"][1]["name"],
              "of_rank_" + std::to_string(i));
}

TEST_F(JobRecordTest, ranks_without_a_record_and_without_a_bundle_are_no_error) {
  const bool is_silent = rank() == last();
  const JobRecord job =
      gather_records(is_silent ? std::string() : record(), phases(), 0, true, all_);
  if (rank() != 0) return;
  EXPECT_TRUE(job.used.empty());
  EXPECT_EQ(job.ranks.back().misses, 0u);
}

TEST_F(JobRecordTest, damaged_record_does_not_stop_the_job) {
  const JobRecord job = gather_records("\xc1 this is no MessagePack", phases(), 4, true, all_);
  if (rank() != 0) return;
  EXPECT_EQ(job.ranks.size(), static_cast<std::size_t>(size()));
}

}  // namespace pylaunch::testing
