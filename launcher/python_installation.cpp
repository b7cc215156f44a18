// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/python_installation.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <vector>

#include "bundle/reader.hpp"
#include "bundle/support_api.h"
#include "launcher/child_process.hpp"
#include "launcher/error.hpp"

namespace pylaunch {

namespace {

// Printed by the interpreter, a line each: version, ABI flags, sys.executable, build, prefix, and
// where its shared library may be: the one that it runs with, if it does; that of its prefix, since
// a relocated installation (conda, python-build-standalone) does not lie where LIBDIR says; and
// LIBDIR's. The file's own name comes before a link's: a program that opens libpython by that must
// get the copy in memory, and not a second Python.
// Bytes go in and out: paths need not be UTF-8.
constexpr const char* question = R"(import os, sys, sysconfig
names = [sysconfig.get_config_var('INSTSONAME'), 'libpython%d.%d.so.1.0' % sys.version_info[:2],
         sysconfig.get_config_var('LDLIBRARY')]
lines = ['%d.%d' % sys.version_info[:2], getattr(sys, 'abiflags', ''), sys.executable,
         ' '.join(sys.version.split()), sys.base_prefix]
lines = [os.fsencode(line) for line in lines]
with open('/proc/self/maps', 'rb') as maps:
    lines += sorted({line.split(None, 5)[-1].strip() for line in maps if b'/libpython' in line})
for folder in (sys.base_prefix + '/lib', sysconfig.get_config_var('LIBDIR')):
    for name in names:
        if name and '.so' in name:
            lines.append(os.fsencode(str(folder) + '/' + name))
sys.stdout.buffer.write(b'\n'.join(lines) + b'\n')
)";

[[noreturn]] void fail(const std::string& reason) {
  throw LaunchError(PYLAUNCH_EXIT_NO_PYTHON, "choice of the interpreter", reason);
}

bool is_executable(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         access(path.c_str(), X_OK) == 0;
}

std::optional<std::string> find_on_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (is_executable(candidate)) return candidate;
  }
  return std::nullopt;
}

std::string absolute(const std::string& path) {
  if (path.front() == '/') return path;
  char* directory = getcwd(nullptr, 0);
  std::string result = std::string(directory != nullptr ? directory : "") + "/" + path;
  std::free(directory);
  return result;
}

// The user's choice: --python, the activated environment, or what `python3` means in the shell.
std::string choose_executable(const Options& options) {
  if (!options.python.empty()) {
    const bool is_name = options.python.find('/') == std::string::npos;
    const auto found = is_name ? find_on_path(options.python) : std::optional(options.python);
    if (!found || !is_executable(*found))
      fail("--python (or PYLAUNCH_PYTHON): '" + options.python + "' is no executable file");
    return absolute(*found);
  }
  for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    const char* prefix = std::getenv(name);
    if (prefix == nullptr || *prefix == '\0') continue;
    for (const char* program : {"/bin/python3", "/bin/python"})
      if (is_executable(prefix + std::string(program)))
        return absolute(prefix + std::string(program));
    fail(
        fmt::format("{}={} has no bin/python3; deactivate it or give --python PATH", name, prefix));
  }
  for (const char* name : {"python3", "python"})
    if (const auto found = find_on_path(name)) return absolute(*found);
  fail("there is no python3 on PATH; give --python PATH");
}

// Changes whenever the file behind the path does.
std::string identity(const std::string& executable) {
  struct stat status = {};
  if (stat(executable.c_str(), &status) != 0) return {};
  return fmt::format("{} {} {} {}.{}", executable, status.st_ino, status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

// A shell script (pyenv's shims, for one) may choose another interpreter each time.
bool is_program_file(const std::string& path) {
  char magic[4] = {};
  if (FILE* file = std::fopen(path.c_str(), "rb")) {
    const std::size_t count = std::fread(magic, 1, sizeof magic, file);
    std::fclose(file);
    return count == sizeof magic && std::memcmp(magic, "\177ELF", 4) == 0;
  }
  return false;
}

std::optional<PythonInstallation> parse_answer(const std::string& answer) {
  std::istringstream lines(answer);
  PythonInstallation python;
  std::string abi_flags;
  if (!std::getline(lines, python.version) || !std::getline(lines, abi_flags) ||
      !std::getline(lines, python.executable) || !std::getline(lines, python.build) ||
      !std::getline(lines, python.prefix))
    return std::nullopt;
  if (!abi_flags.empty())
    fail(
        fmt::format("{} is a CPython {} with ABI flags '{}' (before 3.8 each has some); pylaunch "
                    "needs a later one without, choose it with --python PATH",
                    python.executable, python.version, abi_flags));
  for (std::string candidate; std::getline(lines, candidate);) {
    if (access(candidate.c_str(), R_OK) != 0) continue;
    python.library = candidate;
    return python;
  }
  fail(
      fmt::format("{} has no shared library (libpython{}.so); install it (Debian: apt-get install "
                  "libpython{}) or use a Python built with --enable-shared",
                  python.executable, python.version, python.version));
}

std::string ask(const std::string& executable) {
  const ChildResult result =
      run_child({executable, "-I", "-S", "-c", question}, std::chrono::seconds(60));
  if (result.status != 0 || result.output.empty())
    fail(fmt::format(
        "{} does not answer as a Python 3 does ({}); choose another with --python PATH", executable,
        result.status < 0 ? "it cannot be started" : fmt::format("exit status {}", result.status)));
  return result.output;
}

// What the same file answered before. An answer that no longer holds, as when the library has
// moved, is asked for again.
std::optional<PythonInstallation> read_kept_answer(const CacheDirectory& cache,
                                                   const std::string& name,
                                                   const std::string& who) {
  const auto known = cache.read_text(name);
  const std::size_t end = known ? known->find('\n') : std::string::npos;
  if (end == std::string::npos || known->substr(0, end) != who) return std::nullopt;
  try {
    return parse_answer(known->substr(end + 1));
  } catch (const LaunchError&) {
    return std::nullopt;
  }
}

}  // namespace

PythonInstallation find_python(const Options& options, const CacheDirectory& cache) {
  const std::string executable = choose_executable(options);
  const std::string who = identity(executable);
  const std::hash<std::string> hash;
  const std::string name = fmt::format("python-{:016x}", hash(executable) ^ hash(question));
  if (const auto known = read_kept_answer(cache, name, who)) return *known;
  const std::string answer = ask(executable);
  const auto python = parse_answer(answer);
  if (!python)
    fail(executable +
         " does not answer as a Python 3 does (a script has to pass its arguments on to one); "
         "choose another with --python PATH");
  if (is_program_file(executable)) cache.write(name, bundle::as_bytes(who + "\n" + answer));
  return *python;
}

}  // namespace pylaunch
