// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/version.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <mpi.h>

#include <algorithm>

#include "launcher/built_in_python.hpp"
#include "launcher/support_library.hpp"

namespace pylaunch {

std::string mpi_library_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  if (MPI_Get_library_version(text, &length) != MPI_SUCCESS) return "MPI";
  std::string line(text);
  line = line.substr(0, line.find('\n'));
  // MPICH puts tabs between name and number, or several spaces.
  std::string words;
  for (const char c : line)
    if (c != ' ' && c != '\t' && c != '\r')
      words += c;
    else if (!words.empty() && words.back() != ' ')
      words += ' ';
  return words;
}

std::string version_text() {
  const auto versions = supported_versions();
  const std::string built_in = built_in_version();
  return fmt::format("pylaunch {}\n{}\nCPython {}\n{}", PYLAUNCH_VERSION, mpi_library_version(),
                     versions.empty() ? "(no support library found)"
                                      : fmt::format("{}", fmt::join(versions, ", ")),
                     built_in.empty() ? "" : "built in: CPython " + built_in + "\n");
}

}  // namespace pylaunch
