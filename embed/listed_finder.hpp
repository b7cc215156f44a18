// SPDX-License-Identifier: BSD-3-Clause
//
// What importlib's PathFinder would find, told from the listings that the collector has or takes. A
// scan asks for thousands of names, and FileFinder asks the file system for each of them.
#pragma once

#include <pybind11/pybind11.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "embed/collector.hpp"
#include "embed/listing.hpp"

namespace pylaunch::embed {

namespace py = pybind11;

class ListedFinder {
 public:
  explicit ListedFinder(Collector& collector);

  struct Location {
    std::string file;  // empty: nothing, or a namespace package
    bool is_package = false;
    std::vector<std::string> folders;  // of a package
    explicit operator bool() const { return !file.empty() || !folders.empty(); }
  };
  // The module whose full name ends in `tail`, in these folders. nullopt: a finder other than
  // FileFinder is in charge of one of them (of an archive, for instance), and has to be asked.
  std::optional<Location> find(const std::string& tail, const std::vector<std::string>& folders);

 private:
  const ListedNames* names_in(const std::string& folder);
  bool is_plain(const std::string& folder) const;

  Collector& collector_;
  bool has_standard_hooks_ = false;
  std::vector<std::string> extension_suffixes_;
  std::map<std::string, std::optional<ListedNames>> known_;
};

}  // namespace pylaunch::embed
