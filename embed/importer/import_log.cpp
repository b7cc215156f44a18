// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/import_log.hpp"

#include <chrono>

namespace pylaunch::embed {

namespace {

struct Running {
  std::size_t module;
  std::int64_t started_ns;
  std::int64_t nested_ns;
};

// Each thread imports on a stack of its own.
thread_local std::vector<Running> running;

std::int64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

ImportLog& import_log() {
  static ImportLog log;
  return log;
}

void ImportLog::begin(std::string_view name, Origin origin) {
  running.push_back({index_of(name, origin), now_ns(), 0});
}

std::size_t ImportLog::index_of(std::string_view name, Origin origin) {
  const auto known = index_.find(name);
  if (known != index_.end()) return known->second;
  index_.emplace(std::string(name), modules_.size());
  modules_.push_back({std::string(name), origin, 0, 0});
  return modules_.size() - 1;
}

void ImportLog::note_loaded(std::string_view name, Origin origin) {
  modules_[index_of(name, origin)].origin = origin;
}

void ImportLog::set_origin(std::string_view name, Origin origin) {
  const auto known = index_.find(name);
  if (known != index_.end()) modules_[known->second].origin = origin;
}

void ImportLog::end() {
  const Running done = running.back();
  running.pop_back();
  const std::int64_t elapsed = now_ns() - done.started_ns;
  modules_[done.module].inclusive_ns += elapsed;
  modules_[done.module].self_ns += elapsed - done.nested_ns;
  if (running.empty())
    outermost_ns_ += elapsed;
  else
    running.back().nested_ns += elapsed;
}

}  // namespace pylaunch::embed
