// SPDX-License-Identifier: BSD-3-Clause
#include "embed/configured_program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "embed/interpreter.hpp"

namespace pylaunch::embed {

namespace {

constexpr bool path0_is_noted = PY_VERSION_HEX >= 0x030D0000;

std::string encode_wide(const wchar_t* wide) {
  if (wide == nullptr) return {};
  char* bytes = Py_EncodeLocale(wide, nullptr);
  if (bytes == nullptr) throw StartupExit(1, "cannot encode a string of the command line");
  std::string result(bytes);
  PyMem_Free(bytes);
  return result;
}

std::string current_directory() {
  char* name = getcwd(nullptr, 0);
  std::string result = name != nullptr ? name : "";
  std::free(name);
  return result;
}

// The rule of "The Python Tutorial / sys.path": the folder of the script, links resolved.
std::string folder_of(const std::string& script) {
  char* resolved = realpath(script.c_str(), nullptr);
  std::string path = resolved != nullptr ? resolved : script;
  std::free(resolved);
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash == 0 ? 1 : slash);
}

// PyMem_Malloc() for who has no interpreter yet: pymalloc's arenas belong to one since
// CPython 3.13, and Py_EncodeLocale() allocates there.
class StringsWithoutInterpreter {
 public:
  StringsWithoutInterpreter() {
    PyMemAllocatorEx raw;
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
    PyMem_GetAllocator(PYMEM_DOMAIN_MEM, &kept_);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &raw);
  }
  ~StringsWithoutInterpreter() { PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &kept_); }
  StringsWithoutInterpreter(const StringsWithoutInterpreter&) = delete;
  StringsWithoutInterpreter& operator=(const StringsWithoutInterpreter&) = delete;

 private:
  PyMemAllocatorEx kept_;
};

}  // namespace

Program configured_program(const PyConfig& config) {
  const StringsWithoutInterpreter strings;
  Program program;
  program.inspect = config.inspect != 0;
  program.skip_first_line = config.skip_source_first_line != 0;
  program.safe_path = config.isolated != 0;
#if PY_VERSION_HEX >= 0x030B0000
  program.safe_path = config.safe_path != 0;
  program.debug_ranges = config.code_debug_ranges != 0;
#endif
  if (config.run_command != nullptr) {
    program.kind = ProgramKind::command;
    program.name = encode_wide(config.run_command);
  } else if (config.run_module != nullptr) {
    program.kind = ProgramKind::module;
    program.name = encode_wide(config.run_module);
    program.path0 = current_directory();
  } else if (config.run_filename != nullptr) {
    program.name = encode_wide(config.run_filename);
    program.kind =
        program.name.ends_with(".pyc") ? ProgramKind::bytecode_script : ProgramKind::script;
    program.path0 = folder_of(program.name);
  } else {
    const bool interactive = config.interactive != 0 || isatty(STDIN_FILENO) != 0;
    program.kind = interactive ? ProgramKind::interactive : ProgramKind::standard_input;
  }
  return program;
}

bool looks_like_container(const Program& program) {
  if (!path0_is_noted || program.kind != ProgramKind::script) return false;
  if (program.name.ends_with(".py")) return false;  // not worth a request in each start
  struct stat facts;
  if (stat(program.name.c_str(), &facts) != 0) return false;
  if (S_ISDIR(facts.st_mode)) return true;
  if (!S_ISREG(facts.st_mode)) return false;  // a pipe is read once
  constexpr int end_record_size = 22;         // of a zip archive without a comment
  char signature[4] = "";
  std::ifstream file(program.name, std::ios::binary);
  file.seekg(-end_record_size, std::ios::end);
  file.read(signature, sizeof signature);
  return file && std::string_view(signature, sizeof signature) == "PK\5\6";
}

void note_path0(PyConfig* config, const Program& program, bool is_container) {
#if PY_VERSION_HEX >= 0x030D0000
  if (!is_container && program.safe_path) return;
  const std::string& path0 = is_container ? program.name : program.path0;
  check(PyConfig_SetBytesString(config, &config->sys_path_0, path0.c_str()));
#else
  static_cast<void>(config), static_cast<void>(program), static_cast<void>(is_container);
#endif
}

}  // namespace pylaunch::embed
