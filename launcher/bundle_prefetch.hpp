// SPDX-License-Identifier: BSD-3-Clause
//
// Which bundle a job needs is known when the interpreter has started. Mostly it is the one that the
// same command needed last time: that is read meanwhile, by a thread.
#pragma once

#include <future>
#include <string>
#include <vector>

#include "launcher/cache_directory.hpp"

namespace pylaunch {

// The part of the command line of python that says which program runs: all up to the script, or to
// what -c or -m is followed by. Arguments of the program are left out.
std::vector<std::string> program_words(const std::vector<std::string>& python_arguments);

class BundlePrefetch {
 public:
  BundlePrefetch() = default;

  // Begins, if it may. `executable` is the interpreter's. With libraries, unless the rank is alone
  // in its job and did without last time.
  BundlePrefetch(const CacheDirectory& cache, const std::string& executable,
                 const std::vector<std::string>& python_arguments, bool is_alone, bool may_begin);

  // As CacheDirectory::read_bundle does, at once if it is the one that was expected.
  CachedBundle take(const CacheDirectory& cache, const std::string& name, bool with_libraries);

  // Until what is expected, if anything, has been read.
  void wait() const;

  // Next time this one will be expected.
  void expect(const CacheDirectory& cache, const std::string& name, bool with_libraries);

 private:
  std::string note_;  // the file in the cache that says what to expect, as these two do
  std::string expected_;
  bool with_libraries_ = false;
  std::future<CachedBundle> bundle_;
};

}  // namespace pylaunch
