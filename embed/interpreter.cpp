// SPDX-License-Identifier: BSD-3-Clause
#include "embed/interpreter.hpp"

#include <cstdlib>

#include "embed/audit.hpp"
#include "embed/configured_program.hpp"
#include "embed/early_modules.hpp"
#include "embed/exiting_thread.hpp"
#include "embed/foreign_signal_handlers.hpp"
#include "embed/huge_arenas.hpp"

namespace pylaunch::embed {

namespace {

void use_huge_arenas() {
  PyObjectArenaAllocator allocator = {
      nullptr, [](void*, std::size_t size) { return allocate_arena(size); },
      [](void*, void* arena, std::size_t size) { free_arena(arena, size); }};
  PyObject_SetArenaAllocator(&allocator);
}

// Owns a PyConfig; the accessors of the C API want it by pointer.
class Config {
 public:
  Config(int argc, char** argv) {
    PyPreConfig preconfig;
    PyPreConfig_InitPythonConfig(&preconfig);
    check(Py_PreInitializeFromBytesArgs(&preconfig, argc, argv));
    use_huge_arenas();
    // Not earlier: what it allocates has to come from the allocator that the pre-initialisation
    // set.
    install_audit_hook();
    PyConfig_InitPythonConfig(&config_);
    check(PyConfig_SetBytesArgv(&config_, argc, argv));
    set(config_.program_name, argv[0]);
  }
  ~Config() { PyConfig_Clear(&config_); }
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;

  PyConfig* operator->() { return &config_; }
  PyConfig* get() { return &config_; }

  void set(wchar_t*& field, const std::string& value) {
    check(PyConfig_SetBytesString(&config_, &field, value.c_str()));
  }
  void append(PyWideStringList& list, const std::string& value) {
    wchar_t* wide = Py_DecodeLocale(value.c_str(), nullptr);
    if (wide == nullptr) throw StartupExit(1, "cannot decode a search path");
    const PyStatus status = PyWideStringList_Append(&list, wide);
    PyMem_RawFree(wide);
    check(status);
  }

 private:
  PyConfig config_;
};

// CPython forgets -X warn_default_encoding when it reads a configuration that it has read before.
// The variable that means the same it reads anew; forget_unset_variables() takes it out of
// os.environ.
class KeptEncodingWarnings {
 public:
  explicit KeptEncodingWarnings(Config& config) {
#if PY_VERSION_HEX >= 0x030A0000
    is_set_ = config->warn_default_encoding != 0 && std::getenv(name) == nullptr;
#else
    static_cast<void>(config);
#endif
    if (is_set_) setenv(name, "1", 0);
  }
  ~KeptEncodingWarnings() {
    if (is_set_) unsetenv(name);
  }
  KeptEncodingWarnings(const KeptEncodingWarnings&) = delete;
  KeptEncodingWarnings& operator=(const KeptEncodingWarnings&) = delete;

 private:
  static constexpr const char* name = "PYTHONWARNDEFAULTENCODING";
  bool is_set_ = false;
};

const std::string& sys_string(const Session& session, const char* name) {
  return session.sys_strings.at(name);
}

}  // namespace

void check(const PyStatus& status) {
  if (PyStatus_IsExit(status)) throw StartupExit(status.exitcode, {});
  if (!PyStatus_Exception(status)) return;
  const std::string where = status.func != nullptr ? std::string(status.func) + ": " : "";
  throw StartupExit(1, where + (status.err_msg != nullptr ? status.err_msg : "unknown error"));
}

Program initialize_as_python(int argc, char** argv) {
  Config config(argc, argv);
  check(PyConfig_Read(config.get()));
#if PY_VERSION_HEX < 0x030A0000
  // Later versions know by themselves that the command line has been parsed.
  config->parse_argv = 0;
#endif
  const KeptEncodingWarnings kept_warnings(config);
  Program program = configured_program(*config.get());
  note_path0(config.get(), program, looks_like_container(program));
  watch_code();
  const ForeignSignalHandlers foreign_handlers;
  check(Py_InitializeFromConfig(config.get()));
  return program;
}

void initialize_from_session(int argc, char** argv, const Session& session) {
  Config config(argc, argv);
  // All of it given, so that getpath has nothing to look for: `home` stops the search for
  // pyvenv.cfg (up to 3.13), and the root directory as base executable the resolving of links. What
  // they leave behind in sys is put right from the session by restore_sys().
  config.set(config->home, sys_string(session, "prefix"));
  config.set(config->executable, sys_string(session, "executable"));
  config.set(config->base_executable, "/");
  config.set(config->prefix, sys_string(session, "prefix"));
  config.set(config->base_prefix, sys_string(session, "base_prefix"));
  config.set(config->exec_prefix, sys_string(session, "exec_prefix"));
  config.set(config->base_exec_prefix, sys_string(session, "base_exec_prefix"));
  config.set(config->platlibdir, sys_string(session, "platlibdir"));
  for (const std::string& entry : session.search_path)
    config.append(config->module_search_paths, entry);
  config->module_search_paths_set = 1;
  note_path0(config.get(), session.program, session.program.kind == ProgramKind::container);
  const EarlyModules early_modules(session);
  const ForeignSignalHandlers foreign_handlers;
  check(Py_InitializeFromConfig(config.get()));
}

int run_interactive() {
  prepare_unwinding();
  return Py_RunMain();
}

bool finalize() {
  prepare_unwinding();  // of threads that still want the GIL
  return Py_FinalizeEx() == 0;
}

}  // namespace pylaunch::embed
