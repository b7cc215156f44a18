// SPDX-License-Identifier: BSD-3-Clause
#include "embed/file_reader.hpp"

#include <exception>
#include <system_error>
#include <utility>

#include "bundle/blocked_signals.hpp"

namespace pylaunch::embed {

namespace {

constexpr int thread_count = 16;

}  // namespace

FileReader::~FileReader() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
}

// Starts them.
bool FileReader::has_threads() {
  if (!threads_.empty() || is_without_threads_) return !is_without_threads_;
  const bundle::BlockedSignals blocked;
  try {
    for (int i = 0; i < thread_count; ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    is_without_threads_ = threads_.empty();
  }
  return !is_without_threads_;
}

void FileReader::expect(const std::string& path, const Wanted& wanted) {
  if (coming_.contains(path) || !has_threads()) return;
  const OpenFolders::Place place = folders_.place_of(path);
  Task task{place.folder, place.name, wanted, {}};
  coming_.emplace(path, task.result.get_future());
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

std::optional<FileContent> FileReader::read(const std::string& path, const Wanted& wanted) {
  const auto expected = coming_.extract(path);
  return expected ? expected.mapped().get() : read_file(folders_.place_of(path), wanted, memory_);
}

void FileReader::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ends_ || !tasks_.empty(); });
    if (ends_) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    try {
      task.result.set_value(read_file({task.folder, task.name.c_str()}, task.wanted, memory_));
    } catch (...) {
      task.result.set_exception(std::current_exception());
    }
  }
}

}  // namespace pylaunch::embed
