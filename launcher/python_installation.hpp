// SPDX-License-Identifier: BSD-3-Clause
//
// The interpreter whose environment the job runs in, and its shared library. The interpreter itself
// is asked, once; the answer is kept in the cache until its file changes.
#pragma once

#include <string>

#include "launcher/cache_directory.hpp"
#include "launcher/options.hpp"

namespace pylaunch {

struct PythonInstallation {
  std::string executable;  // as sys.executable will say
  std::string version;     // "3.11"
  std::string library;     // path of libpython
  std::string build;       // sys.version, on one line
  std::string prefix;      // sys.base_prefix
};

// Throws LaunchError (status 69) with what to do about it.
PythonInstallation find_python(const Options& options, const CacheDirectory& cache);

}  // namespace pylaunch
