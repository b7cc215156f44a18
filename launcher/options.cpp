// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string_view>

namespace pylaunch {

namespace {

using Apply = void (*)(Options&, const std::string& value);

void require_one_of(const char* name, const std::string& value,
                    std::initializer_list<const char*> allowed) {
  if (std::ranges::count(allowed, value) != 0) return;
  throw UsageError(fmt::format("{}: '{}' is none of {}", name, value, fmt::join(allowed, ", ")));
}

bool is_true(const std::string& value) {
  constexpr std::array<const char*, 4> words_for_no = {"0", "no", "false", "off"};
  return !value.empty() && std::ranges::count(words_for_no, value) == 0;
}

void set_thread_level(Options& options, const std::string& value) {
  require_one_of("--thread-level", value, {"single", "funneled", "serialized", "multiple"});
  options.thread_level = value;
}

void set_log_level(Options& options, const std::string& value) {
  require_one_of("--log-level", value, {"debug", "info", "warning", "error", "off"});
  options.log_level = value;
}

void set_mpi4py(Options& options, const std::string& value) {
  require_one_of("--mpi4py", value, {"native", "installed", "auto"});
  options.mpi4py = value;
}

void set_libpython(Options& options, const std::string& value) {
  require_one_of("--libpython", value, {"shared", "auto"});
  options.may_use_built_in = value == "auto";
}

template <typename Number>
void set_number(Number& number, Number limit, const char* name, const char* unit,
                const std::string& value) {
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || stop != end || number > limit)
    throw UsageError(
        fmt::format("{}: '{}' is no whole number of {} from 0 to {}", name, value, unit, limit));
}

void set_library_limit(Options& options, const std::string& value) {
  set_number<std::uint64_t>(options.library_limit_mib, 1u << 30, "--library-limit", "MiB", value);
}

void set_cache_limit(Options& options, const std::string& value) {
  set_number<std::uint64_t>(options.cache_limit_mib, 1u << 30, "--cache-limit", "MiB", value);
}

void set_learn_after(Options& options, const std::string& value) {
  set_number<std::uint32_t>(options.learn_after_s, 1u << 30, "--learn-after", "seconds", value);
}

void set_report(Options& options, const std::string& value) {
  // The report would take the place of what it is in.
  if (value.ends_with(".py"))
    throw UsageError(
        fmt::format("--report: '{}' is a program, and would be overwritten; between "
                    "--report and a program stands a blank",
                    value));
  options.report = value != "0";
  options.report_file = value == "1" || value == "0" ? "" : value;
}

void add_includes(Options& options, const std::string& value) {
  std::size_t start = 0;
  while (start <= value.size()) {
    const std::size_t comma = std::min(value.find(',', start), value.size());
    if (comma > start) options.includes.push_back(value.substr(start, comma - start));
    start = comma + 1;
  }
}

void set_ranks(Options& options, const std::string& value) {
  try {
    options.ranks = JobRanks(value);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("--ranks: ") + error.what());
  }
}

struct Row {
  OptionSpec spec;
  Apply apply;
};

const std::array<Row, 17> rows = {{
    {{"--report", "[=FILE]", "PYLAUNCH_REPORT",
      "say at the end where the start-up time went: a table on stderr or in FILE, everything as "
      "JSON if FILE ends in .json"},
     set_report},
    {{"--no-broadcast", nullptr, "PYLAUNCH_NO_BROADCAST",
      "every rank reads its files itself: a plain python3 with MPI"},
     [](Options& o, const std::string& v) { o.broadcast = !is_true(v); }},
    {{"--ranks", "LIST", nullptr,
      "the ranks of MPI_COMM_WORLD that run this command, such as 4-63, when others run other "
      "programs; default: all"},
     set_ranks},
    {{"--python", "PATH", "PYLAUNCH_PYTHON",
      "the interpreter whose environment to use; default: that of VIRTUAL_ENV or CONDA_PREFIX, "
      "else python3 from PATH"},
     [](Options& o, const std::string& v) { o.python = v; }},
    {{"--thread-level", "LEVEL", "PYLAUNCH_THREAD_LEVEL",
      "MPI's thread support: single, funneled, serialized or multiple (default)"},
     set_thread_level},
    {{"--mpi4py", "WHICH", "PYLAUNCH_MPI4PY",
      "what `mpi4py` is: native, installed, or auto (default): the installed one if it is built "
      "for this MPI library"},
     set_mpi4py},
    {{"--libpython", "WHICH", "PYLAUNCH_LIBPYTHON",
      "whose code runs Python: shared, the interpreter's shared library, or auto (default): the "
      "copy in this executable if the interpreter is the same build"},
     set_libpython},
    {{"--include", "MODULE", "PYLAUNCH_INCLUDE",
      "broadcast MODULE (or several, with commas) in the first run, too; may be given repeatedly"},
     add_includes},
    {{"--library-limit", "MIB", "PYLAUNCH_LIBRARY_LIMIT",
      "shared objects larger than this are not broadcast, each rank loads them from their files; "
      "default: 256"},
     set_library_limit},
    {{"--manifest-dir", "DIR", "PYLAUNCH_MANIFEST_DIR",
      "where manifests and cached bundles lie; default: pylaunch in XDG_CACHE_HOME or ~/.cache"},
     [](Options& o, const std::string& v) { o.manifest_dir = v; }},
    {{"--cache-limit", "MIB", "PYLAUNCH_CACHE_LIMIT",
      "how large the cached bundles may be together; what was not used for longest is deleted; "
      "default: 4096"},
     set_cache_limit},
    {{"--learn-after", "SECONDS", "PYLAUNCH_LEARN_AFTER",
      "when rank 0 writes down what it has used so far, for jobs that are killed at their time "
      "limit; then after twice as long each time; 0: only at the end; default: 60"},
     set_learn_after},
    {{"--no-cache", nullptr, "PYLAUNCH_NO_CACHE", "neither read nor write manifests and bundles"},
     [](Options& o, const std::string& v) { o.cache = !is_true(v); }},
    {{"--log-level", "LEVEL", "PYLAUNCH_LOG_LEVEL",
      "what pylaunch says on stderr: debug, info, warning (default), error or off"},
     set_log_level},
    {{"--version", nullptr, nullptr,
      "print the versions of pylaunch, of MPI and of the CPythons "
      "that it serves"},
     [](Options& o, const std::string&) { o.action = Action::show_version; }},
    {{"--help", nullptr, nullptr, "print this text"},
     [](Options& o, const std::string&) { o.action = Action::show_help; }},
    {{"--", nullptr, nullptr, "end of pylaunch's options"}, nullptr},
}};

// All but the last, which is no option.
constexpr std::size_t option_count = rows.size() - 1;

const Row* find_row(std::string_view name) {
  for (const Row& row : rows)
    if (row.spec.name == name) return &row;
  return nullptr;
}

bool may_omit_value(const OptionSpec& spec) {
  return spec.value != nullptr && spec.value[0] == '[';
}

void apply_environment(Options& options) {
  for (const Row& row : rows) {
    const char* value = row.spec.variable != nullptr ? std::getenv(row.spec.variable) : nullptr;
    if (value == nullptr || *value == '\0') continue;
    try {
      row.apply(options, value);
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("{} in the environment: {}", row.spec.variable, error.what()));
    }
  }
}

// Consumes one option at argv[i] (and its value), and returns the position behind it.
int apply_argument(Options& options, int i, int argc, char** argv) {
  const std::string argument = argv[i];
  const std::size_t equals = argument.find('=');
  const std::string name = argument.substr(0, equals);
  const Row* row = find_row(name);
  if (row == nullptr)
    throw UsageError(
        fmt::format("unknown option '{}'; see pylaunch --help (CPython's own options "
                    "stand behind pylaunch's)",
                    name));
  const bool has_value = equals != std::string::npos;
  if (row->spec.value == nullptr && has_value)
    throw UsageError(fmt::format("{} takes no value", name));
  std::string value = "1";  // of a switch, or where a value may be left out
  int next = i + 1;
  if (has_value)
    value = argument.substr(equals + 1);
  else if (row->spec.value != nullptr && !may_omit_value(row->spec))
    value = next++ < argc ? argv[i + 1] : "";
  // An empty one is what a shell makes of a variable that is not set.
  if (value.empty())
    throw UsageError(fmt::format("{} needs a value: {}{}{}", name, name,
                                 may_omit_value(row->spec) ? "" : " ", row->spec.value));
  row->apply(options, value);
  return next;
}

// CPython has long options of its own; these are not the launcher's.
bool is_launcher_option(std::string_view argument) {
  return argument.starts_with("--") && argument.size() > 2 &&
         !argument.starts_with("--check-hash-based-pycs") && !argument.starts_with("--help-");
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column + end > width && column > indent) {
      result.back() = '\n';
      result.append(indent, ' ');
      column = indent;
    }
    result.append(text.substr(0, end)) += ' ';
    column += end + 1;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  result.pop_back();
  return result;
}

}  // namespace

std::span<const OptionSpec> option_table() {
  static const auto specs = [] {
    std::array<OptionSpec, option_count> all = {};
    for (std::size_t i = 0; i < option_count; ++i) all[i] = rows[i].spec;
    return all;
  }();
  return specs;
}

Options parse_options(int argc, char** argv) {
  Options options;
  apply_environment(options);
  int i = 1;
  while (i < argc && is_launcher_option(argv[i])) i = apply_argument(options, i, argc, argv);
  if (i < argc && std::string_view(argv[i]) == "--") ++i;
  options.python_arguments.assign(argv + i, argv + argc);
  return options;
}

std::string help_text() {
  std::string text =
      "usage: mpiexec -np N pylaunch [pylaunch's options] [python's options]\n"
      "                              (script.py | -c CMD | -m MODULE | -) [args]\n\n"
      "Runs a Python program on every rank of an MPI job, as python3 would, with the files that "
      "it\n"
      "imports read once, by rank 0. Options of pylaunch (with their variables of the "
      "environment):\n\n";
  for (const OptionSpec& spec : option_table()) {
    std::string left = std::string("  ") + spec.name;
    if (spec.value != nullptr) left.append(may_omit_value(spec) ? "" : " ").append(spec.value);
    text += fmt::format("{:<26}{}\n", left, wrapped(spec.sentence, 26, 98));
    if (spec.variable != nullptr) text += fmt::format("{:<26}[{}]\n", "", spec.variable);
  }
  return text +
         "\nAll other options are CPython's; pylaunch -h lists them.\n\n"
         "Exit status: the program's own; 64 wrong option, 69 no usable Python, 70 error inside\n"
         "pylaunch, 71 MPI or the system failed; 128+n after signal n.\n";
}

}  // namespace pylaunch
