// SPDX-License-Identifier: BSD-3-Clause
#include "embed/program.hpp"

#include <pybind11/pybind11.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "embed/bytecode.hpp"
#include "embed/dedent.hpp"
#include "embed/importer/names.hpp"
#include "embed/python_objects.hpp"
#include "embed/uncaught.hpp"

namespace pylaunch::embed {

namespace {

// CPython shows the line that a warning of the compiler is about, on every rank. No Python function
// may do this around it: it would be in the traceback of an error.
class SourcesFromMemory {
 public:
  SourcesFromMemory() {
    if (has_names()) end_ = load_with_memory("tracebacks").attr("take_sources_from_memory")();
  }
  ~SourcesFromMemory() {
    if (end_) Py_XDECREF(PyObject_CallNoArgs(end_.ptr()));
  }
  SourcesFromMemory(const SourcesFromMemory&) = delete;
  SourcesFromMemory& operator=(const SourcesFromMemory&) = delete;

 private:
  py::object end_;
};

py::object compile_text(const py::object& source, const std::string& filename) {
  const py::object compile = py::module_::import("builtins").attr("compile");
  const SourcesFromMemory sources;
  return compile(source, path_object(filename), "exec", 0, true);
}

std::string read_standard_input() {
  std::string text;
  char chunk[65536];
  for (;;) {
    const ssize_t count = read(STDIN_FILENO, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(chunk, static_cast<std::size_t>(count));
  }
}

std::optional<std::string> read_program(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) return std::nullopt;
  return text;
}

// The sentence and the status are python3's.
ProgramError cannot_open(const std::string& path, int error) {
  return {2, "can't open file '" + path + "': [Errno " + std::to_string(error) + "] " +
                 std::strerror(error)};
}

// A folder or an archive with a __main__ module, recognised as CPython does it: by whether one of
// sys.path_hooks wants it.
bool is_container(const std::string& path) {
  const py::object importer =
      py::reinterpret_steal<py::object>(PyImport_GetImporter(path_object(path).ptr()));
  if (!importer) throw py::error_already_set();
  return !importer.is_none();
}

py::dict main_globals() { return py::module_::import("__main__").attr("__dict__"); }

void insert_path0(const std::string& path0) {
  py::list(sys_attribute("path")).insert(0, path_object(path0));
}

int evaluate(const py::object& code) {
  const py::dict globals = main_globals();
  const py::object result =
      py::reinterpret_steal<py::object>(PyEval_EvalCode(code.ptr(), globals.ptr(), globals.ptr()));
  return result ? 0 : report_uncaught();
}

int run_module_as_main(const char* name, bool alter_argv) {
  const py::object run = py::module_::import("runpy").attr("_run_module_as_main");
  const py::object result = py::reinterpret_steal<py::object>(
      PyObject_CallFunction(run.ptr(), "sO", name, alter_argv ? Py_True : Py_False));
  return result ? 0 : report_uncaught();
}

int run_command(const Program& program) {
  const py::object code = unmarshal(program.code);
#if PY_VERSION_HEX >= 0x030D0000
  load_embedded("command_source").attr("register")(code, path_object(program.source));
#endif
  return evaluate(code);
}

// __main__ as PyRun_AnyFile sets it up, and clears it up again. `loader`: the class in importlib,
// null for standard input.
int run_file(const Program& program, const py::object& code, const char* loader) {
  py::dict globals = main_globals();
  const py::str path = path_object(program.name);
  if (loader != nullptr)
    globals["__loader__"] = bootstrap_external().attr(loader)("__main__", path);
  globals["__file__"] = path;
#if PY_VERSION_HEX < 0x030F0000
  globals["__cached__"] = py::none();
#endif
  const int status = evaluate(code);
  for (const char* name : {"__file__", "__cached__"})
    if (globals.contains(name)) globals.attr("pop")(name);
  return status;
}

int run_text(const Program& program, std::string_view text) {
  const std::optional<std::string> code =
      compile_program(text, program.name, program.skip_first_line);
  return code ? run_file(program, unmarshal(*code), "SourceFileLoader") : 1;
}

int run_script(const Program& program, const std::optional<BroadcastScript>& script) {
  const char* const bytecode_loader = "SourcelessFileLoader";
  if (script && script->code.empty()) return run_text(program, script->text);
  if (script)
    return run_file(program, unmarshal(script->code),
                    script->is_bytecode ? bytecode_loader : "SourceFileLoader");
  const std::optional<std::string> bytes = read_program(program.name);
  if (!bytes) return 1;
  const bool is_bytecode = program.kind == ProgramKind::bytecode_script ||
                           (!program.skip_first_line && looks_like_bytecode(*bytes));
  if (!is_bytecode) return run_text(program, *bytes);
  if (const auto code = code_in_pyc(*bytes))
    return run_file(program, unmarshal(*code), bytecode_loader);
  PyErr_SetString(PyExc_RuntimeError, "Bad magic number in .pyc file");
  return report_uncaught();
}

}  // namespace

std::optional<ProgramError> prepare_program(Program& program) {
  if (program.kind == ProgramKind::script || program.kind == ProgramKind::bytecode_script) {
    if (access(program.name.c_str(), R_OK) != 0) return cannot_open(program.name, errno);
    if (is_container(program.name)) {
      program.kind = ProgramKind::container;
      program.path0 = program.name;
    }
  } else if (program.kind == ProgramKind::standard_input) {
    program.source = read_standard_input();
    program.name = "<stdin>";
  } else if (program.kind == ProgramKind::command) {
    program.source = PY_VERSION_HEX >= 0x030E0000 ? dedent(program.name) : program.name;
  }
  if (program.kind == ProgramKind::standard_input || program.kind == ProgramKind::command) {
    const char* filename = program.kind == ProgramKind::command ? "<string>" : "<stdin>";
    std::optional<std::string> code =
        compile_program(program.source, filename, program.skip_first_line);
    if (!code) return ProgramError{1, {}};
    program.code = std::move(*code);
  }
  return std::nullopt;
}

std::string_view program_text(std::string_view source, bool skip_first_line) {
  if (skip_first_line) source.remove_prefix(std::min(source.find('\n'), source.size()));
  return source;
}

std::optional<std::string> compile_program(std::string_view source, const std::string& path,
                                           bool skip_first_line) {
  const std::string_view text = program_text(source, skip_first_line);
  try {
    return marshal(compile_text(py::bytes(text.data(), text.size()), path));
  } catch (py::error_already_set& error) {
    error.restore();
    report_uncaught();
    return std::nullopt;
  }
}

int run_program(const Program& program, const std::optional<BroadcastScript>& script) {
  const bool alters_path = program.kind == ProgramKind::container || !program.safe_path;
  if (alters_path) insert_path0(program.path0);
  switch (program.kind) {
    case ProgramKind::command: return run_command(program);
    case ProgramKind::standard_input: return run_file(program, unmarshal(program.code), nullptr);
    case ProgramKind::module: return run_module_as_main(program.name.c_str(), true);
    case ProgramKind::container: return run_module_as_main("__main__", false);
    case ProgramKind::script:
    case ProgramKind::bytecode_script: return run_script(program, script);
    case ProgramKind::interactive: break;
  }
  return 0;
}

}  // namespace pylaunch::embed
