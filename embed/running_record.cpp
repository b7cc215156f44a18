// SPDX-License-Identifier: BSD-3-Clause
#include "embed/running_record.hpp"

#include <pybind11/pybind11.h>
#include <unistd.h>

#include <exception>
#include <optional>
#include <system_error>
#include <utility>

#include "bundle/blocked_signals.hpp"
#include "embed/record.hpp"

namespace pylaunch::embed {

namespace {

// Nothing when it cannot be made: the end of the program makes another.
std::optional<std::string> record_now() {
  const PyGILState_STATE state = PyGILState_Ensure();
  std::optional<std::string> record;
  try {
    record = make_record(loaded_modules());
  } catch (const std::exception&) {
    PyErr_Clear();
  }
  PyGILState_Release(state);
  return record;
}

}  // namespace

RunningRecord::RunningRecord(std::chrono::seconds first, Tell tell)
    : process_(getpid()), teller_(std::make_unique<Teller>()) {
  teller_->tell = std::move(tell);
  const bundle::BlockedSignals blocked;
  try {
    teller_->thread = std::jthread([teller = teller_.get(), first](const std::stop_token& stop) {
      teller->tell_again_and_again(stop, first);
    });
  } catch (const std::system_error&) {
    // No thread is to be had: the end of the program tells.
  }
}

RunningRecord::~RunningRecord() {
  if (getpid() != process_) {
    // A forked child: there is no thread to join, nor one to give up the lock.
    static_cast<void>(teller_.release());
    return;
  }
  const pybind11::gil_scoped_release no_gil;
  teller_.reset();
}

void RunningRecord::Teller::tell_again_and_again(const std::stop_token& stop,
                                                 std::chrono::seconds interval) {
  for (;; interval *= 2) {
    {
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, interval, [] { return false; });
    }
    if (stop.stop_requested()) return;
    if (const std::optional<std::string> record = record_now()) tell(*record);
  }
}

}  // namespace pylaunch::embed
