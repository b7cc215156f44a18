// SPDX-License-Identifier: BSD-3-Clause
//
// What was imported, from where, and how long it took; and what had to be asked of the file system
// and so belongs into the manifest. Times nest: `self` is a module without what it imports.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "embed/importer/opened_files.hpp"

namespace pylaunch::embed {

enum class Origin { memory, file_system };

struct ImportedModule {
  std::string name;
  Origin origin = Origin::memory;
  std::int64_t inclusive_ns = 0;
  std::int64_t self_ns = 0;
};

// One kind letter per line of the manifest; see docs/manifest.md.
struct WantedFile {
  char kind;
  std::string path;
  auto operator<=>(const WantedFile&) const = default;
};

class ImportLog {
 public:
  // `name` is being loaded on this thread from now on, until the matching end().
  void begin(std::string_view name, Origin origin);
  void end();
  // A module that is being loaded turned out to come from elsewhere.
  void set_origin(std::string_view name, Origin origin);
  // The same, of a module that perhaps nobody has begun: no time is known of it then.
  void note_loaded(std::string_view name, Origin origin);

  // What the program reads beside the importer.
  void watch(OpenedFiles opened) { opened_ = std::move(opened); }
  void note_opened(std::string_view path) { opened_.note(path); }
  const OpenedFiles& opened() const { return opened_; }

  void want(char kind, std::string_view path) { wanted_.insert({kind, std::string(path)}); }

  const std::vector<ImportedModule>& modules() const { return modules_; }
  const std::set<WantedFile>& wanted() const { return wanted_; }
  // Time in imports that no other import was waiting for, since the program began.
  std::int64_t outermost_ns() const { return outermost_ns_; }
  void program_begins() { outermost_ns_ = 0; }

 private:
  // Of the module, which is added if it is new.
  std::size_t index_of(std::string_view name, Origin origin);

  std::vector<ImportedModule> modules_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::set<WantedFile> wanted_;
  OpenedFiles opened_{{}};
  std::int64_t outermost_ns_ = 0;
};

// The one of this process. Guarded by the GIL.
ImportLog& import_log();

// begin() and end() as a scope.
class ImportScope {
 public:
  ImportScope(std::string_view name, Origin origin) { import_log().begin(name, origin); }
  ~ImportScope() { import_log().end(); }
  ImportScope(const ImportScope&) = delete;
  ImportScope& operator=(const ImportScope&) = delete;
};

}  // namespace pylaunch::embed
