// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/error.hpp"

#include <cerrno>
#include <cstring>

#include "bundle/support_api.h"

namespace pylaunch {

void check_mpi(int code, const char* during) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);  // nothing more can be done if this fails as well
  throw LaunchError(PYLAUNCH_EXIT_SYSTEM, during, std::string("MPI: ") + text);
}

void throw_errno(const char* during, const std::string& what) {
  throw LaunchError(PYLAUNCH_EXIT_SYSTEM, during, what + ": " + std::strerror(errno));
}

}  // namespace pylaunch
