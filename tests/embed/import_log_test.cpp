// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/import_log.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace pylaunch::embed::testing {

namespace {

void pass(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}
constexpr std::int64_t millisecond = 1'000'000;

const ImportedModule& module_named(const ImportLog& log, std::string_view name) {
  for (const ImportedModule& module : log.modules())
    if (module.name == name) return module;
  throw std::out_of_range(std::string(name));
}

}  // namespace

TEST(ImportLogTest, nested_imports_share_out_the_time) {
  ImportLog log;
  log.begin("outer", Origin::memory);
  pass(20);
  log.begin("inner", Origin::file_system);
  pass(30);
  log.end();
  log.end();
  const ImportedModule &outer = module_named(log, "outer"), &inner = module_named(log, "inner");
  EXPECT_GE(outer.inclusive_ns, 50 * millisecond);
  EXPECT_GE(outer.self_ns, 20 * millisecond);
  EXPECT_GE(inner.self_ns, 30 * millisecond);
  EXPECT_EQ(outer.self_ns + inner.inclusive_ns, outer.inclusive_ns);
  EXPECT_EQ(inner.origin, Origin::file_system);
  EXPECT_EQ(log.outermost_ns(), outer.inclusive_ns);
}

TEST(ImportLogTest, module_loaded_in_two_steps_is_one_entry) {
  ImportLog log;
  for (int step = 0; step < 2; ++step) {
    log.begin("extension", Origin::memory);
    pass(5);
    log.end();
  }
  ASSERT_EQ(log.modules().size(), 1u);
  EXPECT_GE(log.modules()[0].self_ns, 10 * millisecond);
}

TEST(ImportLogTest, origin_can_turn_out_to_be_another) {
  ImportLog log;
  log.begin("module", Origin::memory);
  log.set_origin("module", Origin::file_system);
  log.set_origin("unknown", Origin::file_system);
  log.end();
  EXPECT_EQ(module_named(log, "module").origin, Origin::file_system);
}

TEST(ImportLogTest, wanted_files_are_noted_once) {
  ImportLog log;
  log.want('S', "/b.py");
  log.want('S', "/b.py");
  log.want('D', "/b.py");
  EXPECT_EQ(log.wanted().size(), 2u);
}

TEST(ImportLogTest, threads_that_import_at_once_keep_their_own_nesting) {
  ImportLog log;
  // As under the GIL: one call at a time, the imports overlapping.
  log.begin("first", Origin::memory);
  std::thread([&log] {
    log.begin("second", Origin::memory);
    pass(20);
  }).join();
  pass(5);
  log.end();
  EXPECT_GE(module_named(log, "first").inclusive_ns, 25 * millisecond);
  EXPECT_EQ(module_named(log, "second").inclusive_ns, 0);
}

}  // namespace pylaunch::embed::testing
