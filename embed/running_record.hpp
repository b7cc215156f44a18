// SPDX-License-Identifier: BSD-3-Clause
//
// What has been imported so far, told while the program still runs: a job that is killed at its
// time limit would leave nothing for the next run otherwise.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace pylaunch::embed {

class RunningRecord {
 public:
  using Tell = std::function<void(const std::string& record)>;

  // Calls `tell`, from a thread of its own and without the GIL, after `first`, then after twice as
  // long each time.
  RunningRecord(std::chrono::seconds first, Tell tell);
  // With the GIL, which is free while the thread ends.
  ~RunningRecord();
  RunningRecord(const RunningRecord&) = delete;
  RunningRecord& operator=(const RunningRecord&) = delete;

 private:
  struct Teller {
    Tell tell;
    std::mutex mutex;
    std::condition_variable_any wake;
    std::jthread thread;

    void tell_again_and_again(const std::stop_token& stop, std::chrono::seconds interval);
  };

  pid_t process_;
  std::unique_ptr<Teller> teller_;
};

}  // namespace pylaunch::embed
