// SPDX-License-Identifier: BSD-3-Clause
//
// Errors inside one rank are exceptions; between ranks an exit status is agreed on (agreement.hpp).
#pragma once

#include <mpi.h>

#include <stdexcept>
#include <string>

namespace pylaunch {

// The job cannot go on: during what, why, and the exit status (PylaunchExit) for every rank.
// An empty reason: it has been printed already. An empty `during`: the reason says it.
class LaunchError : public std::runtime_error {
 public:
  LaunchError(int status, const std::string& during, const std::string& reason)
      : std::runtime_error(during.empty() || reason.empty() ? reason
                                                            : "during " + during + ": " + reason),
        status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

// Throws LaunchError (status 71) unless `code` is MPI_SUCCESS.
void check_mpi(int code, const char* during);

// Throws LaunchError (status 71) with errno's text.
[[noreturn]] void throw_errno(const char* during, const std::string& what);

}  // namespace pylaunch
