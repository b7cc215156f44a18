// SPDX-License-Identifier: BSD-3-Clause
//
// Data files of packages that a program will read through importlib.resources or pkgutil, as far as
// its modules' code names them: constants that are names of files in a package's folder, or parts
// of a path below it. Not those in the program's own folders: one rank may write them for others to
// read, and these would get what was broadcast.
#pragma once

#include <pybind11/pybind11.h>

#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "embed/code_reader.hpp"
#include "embed/collector.hpp"

namespace pylaunch::embed {

namespace py = pybind11;

class NamedData {
 public:
  // `own_folders` are the program's; what is installed below them does not belong to it.
  NamedData(Collector& collector, std::vector<std::string> own_folders)
      : collector_(collector), own_folders_(std::move(own_folders)) {}

  // Whether it is worth while to look at a module's code, told from its bytes: few are.
  static bool may_read_data(std::string_view marshalled_code);

  // Code of a module that belongs to `package` (empty: to none). Returns the names of modules that
  // reading data will import: packages that its constants may mean, and what importlib's loaders
  // import for it; none, if the module imports nothing that reads data of packages.
  std::vector<std::string> note(const py::object& code, const std::string& package,
                                const CodeReader& reader);

  // When all modules are known: the files that were named, in the folders of the package that the
  // code belongs to and of those that it names. `folders_of` gives none for what is no package.
  void collect(const std::function<std::vector<std::string>(const std::string&)>& folders_of);

 private:
  struct Reader {
    std::string package;
    std::unordered_set<std::string> strings;
    std::unordered_set<std::string> names;  // the strings, and the parts of those that are paths
  };
  bool is_own(const std::string& folder) const;
  void expect_named(const std::string& folder, const Reader& reader, int depth);

  Collector& collector_;
  std::vector<std::string> own_folders_;
  std::vector<Reader> readers_;
  std::vector<std::string> files_;
};

}  // namespace pylaunch::embed
