// SPDX-License-Identifier: BSD-3-Clause
//
// What rank 0 found out and the other ranks are told: the environment that CPython resolved, and
// the program to run. Paths are bytes in the file system's encoding, as in PEP 383.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/format.hpp"

namespace pylaunch::embed {

enum class ProgramKind {
  script,
  bytecode_script,
  container,
  command,
  module,
  standard_input,
  interactive
};

// What is to be run as __main__.
struct Program {
  ProgramKind kind = ProgramKind::interactive;
  std::string name;              // path of the script, name of the module, or text of the command
  bool inspect = false;          // -i or PYTHONINSPECT
  bool skip_first_line = false;  // -x
  bool safe_path = false;        // no sys.path[0] is added (-P, -I)
  std::string path0;             // what goes in front of sys.path, unless safe_path
  std::string code;              // marshalled code of a command or of standard input
  std::string source;            // its text, for tracebacks
  bool debug_ranges = true;      // code has columns: no -X no_debug_ranges; known to rank 0 alone
};

// A module that the interpreter needs before any importer of ours can work.
struct EarlyModule {
  std::string name;
  std::string path;  // of the source
  bool is_package = false;
  std::string code;  // marshalled
};

// The `import` lines of one .pth file, which site runs with `sitedir` in sight.
struct PathFile {
  std::string site_directory;
  std::string name;
  std::vector<std::string> import_lines;
};

// The listing of the program's own folder, where output files come and go, if the cached bundle has
// an older one, which `replaces` is the stamp of. So that bundle is good for the next run, too.
struct NewerListing {
  std::string path;
  bundle::Stamp replaces, stamp;
  std::string names;
};

enum class Mpi4pyChoice { native, native_over_installed, installed };

struct Session {
  Program program;
  std::uint32_t python_magic = 0;
  std::string abi_tag;
  std::map<std::string, std::string> sys_strings;  // attributes of sys that are str
  std::vector<std::string> sys_none;               // attributes of sys that are None
  std::vector<std::string> search_path;            // sys.path after site
  std::vector<EarlyModule> early_modules;
  std::map<std::string, std::string> module_files;  // __file__ of frozen modules, by name
  bool has_site = false;
  std::string site_state;  // marshalled dict: plain values among the globals of module site
  std::vector<PathFile> path_files;
  Mpi4pyChoice mpi4py = Mpi4pyChoice::native;
  std::string mpi4py_warning;
  std::string mpi4py_folder;  // of an installed one; empty: there is none
  std::string mpi_library;    // its DT_SONAME
  std::optional<NewerListing> newer_listing;
};

std::string encode(const Session& session);

// Throws std::runtime_error on bytes that are no session.
Session decode(std::string_view bytes);

}  // namespace pylaunch::embed
