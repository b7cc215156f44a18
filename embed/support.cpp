// SPDX-License-Identifier: BSD-3-Clause
//
// The support library's entry point: support_api.h's table, in terms of the rest of embed/.
#include <malloc.h>
#include <pybind11/pybind11.h>

#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "bundle/out_of_memory.hpp"
#include "bundle/support_api.h"
#include "embed/audit.hpp"
#include "embed/collect.hpp"
#include "embed/early_modules.hpp"
#include "embed/environment.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/importer/importer.hpp"
#include "embed/importer/last_finder.hpp"
#include "embed/interpreter.hpp"
#include "embed/mpi4py_choice.hpp"
#include "embed/native_module.hpp"
#include "embed/program.hpp"
#include "embed/python_objects.hpp"
#include "embed/record.hpp"
#include "embed/running_record.hpp"
#include "embed/uncaught.hpp"

namespace pylaunch::embed {

namespace {

// For what is to be said when there is no memory left.
constexpr std::size_t room_for_error = 400;

// Plain C++ values only: no Python object outlives the interpreter.
struct State {
  const PylaunchHost* host = nullptr;
  std::vector<std::string> includes;
  std::uint64_t library_limit = 0;
  std::chrono::seconds learn_after{0};
  std::string support_library;
  Session session;
  bool resolved_here = false;
  std::string session_bytes;
  std::optional<Collection> collection;
  bundle::BundleBuffer bundle;
  std::string record;
  std::string error = std::string(room_for_error, ' ');
};

State state;

// Runs a step; exceptions become an exit status and a sentence.
template <typename Step>
int guarded(const char* during, Step&& step) noexcept {
  state.error.clear();
  const auto fail = [during](int status, const char* what) {
    state.error.append("during ").append(during).append(": ").append(what);
    return status;
  };
  try {
    return step();
  } catch (const StartupExit& exit) {
    state.error = exit.message();
    return exit.status() != 0 || !exit.message().empty() ? exit.status() : -1;
  } catch (py::error_already_set& error) {
    if (error.matches(PyExc_MemoryError)) return fail(PYLAUNCH_EXIT_SYSTEM, bundle::out_of_memory);
    if (!error.matches(PyExc_KeyboardInterrupt)) return fail(PYLAUNCH_EXIT_INTERNAL, error.what());
    state.error = std::string("interrupted during ") + during;
    return interrupted_status;
  } catch (const std::bad_alloc&) {
    return fail(PYLAUNCH_EXIT_SYSTEM, bundle::out_of_memory);
  } catch (const std::exception& error) {
    return fail(PYLAUNCH_EXIT_INTERNAL, error.what());
  }
}

std::string_view as_text(PylaunchSpan span) {
  return {static_cast<const char*>(span.data), span.size};
}

void take_request(const PylaunchHost* host, const PylaunchRequest* request) {
  state.host = host;
  state.library_limit = request->library_limit;
  state.learn_after = std::chrono::seconds(request->learn_after);
  state.support_library = request->support_library;
  for (const char* const* name = request->includes; *name != nullptr; ++name)
    state.includes.emplace_back(*name);
}

int resolve(const PylaunchHost* host, const PylaunchRequest* request, PylaunchSpan* session,
            std::uint64_t* key) {
  return guarded("start of the interpreter", [&] {
    take_request(host, request);
    state.session.program = initialize_as_python(request->argc, request->argv);
    state.resolved_here = true;
    if (const auto error = prepare_program(state.session.program)) {
      state.error = error->message;
      return error->status;
    }
    capture_environment(state.session);
    choose_mpi4py(state.session, request->mpi4py, request->mpi_library);
    if (request->broadcast != 0) state.session_bytes = encode(state.session);
    *session = {state.session_bytes.data(), state.session_bytes.size()};
    *key = cache_key(state.session);
    return 0;
  });
}

int begin_collect(PylaunchSpan manifest) {
  return guarded("collect", [&] {
    state.collection.emplace(as_text(manifest), state.session, state.includes, state.library_limit);
    return 0;
  });
}

int offer_cached(PylaunchSpan cached, int* is_candidate, PylaunchSpan* session) {
  return guarded("collect", [&] {
    *is_candidate = state.collection->offer(bundle::as_bytes(as_text(cached))) ? 1 : 0;
    if (*is_candidate != 0 && state.collection->newer_listing()) {
      state.session.newer_listing = state.collection->newer_listing();
      state.session_bytes = encode(state.session);
    }
    *session = {state.session_bytes.data(), state.session_bytes.size()};
    return 0;
  });
}

int collect(PylaunchSpan* bundle) {
  return guarded("collect", [&] {
    CollectedBundle collected = state.collection->finish();
    state.collection.reset();
    for (const std::string& name : collected.not_found)
      state.host->log(state.host->context, 2,
                      ("--include: no module '" + name + "' is found").c_str());
    if (!collected.program_compiles) return 1;
    state.bundle = std::move(collected.bundle);
    *bundle = {};
    if (!collected.is_cached) *bundle = {state.bundle.data(), state.bundle.bytes().size()};
    return 0;
  });
}

int start(const PylaunchHost* host, const PylaunchRequest* request, PylaunchSpan session) {
  return guarded("start of the interpreter", [&] {
    take_request(host, request);
    state.session = decode(as_text(session));
    if (state.session.python_magic != 0) {
      initialize_from_session(request->argc, request->argv, state.session);
      restore_sys(state.session);
    }
    return 0;
  });
}

int publish(PylaunchSpan bundle) {
  return guarded("set-up of the importer", [&] {
    // The launcher has put a copy elsewhere. What the collection has freed goes back as well.
    if (bundle.data != state.bundle.data()) state.bundle = {};
    if (state.resolved_here) malloc_trim(0);
    install_importer(*state.host, as_text(bundle), state.session);
    name_native_modules_file(state.support_library);
    if (state.resolved_here) forget_unset_variables();
    if (!state.resolved_here) {
      restore_early_modules(state.session);
      replay_site(state.session);
      move_last_finder_to_the_end();
    }
    install_termination_handler();
    return 0;
  });
}

int run_and_tell(const Program& program, const std::optional<BroadcastScript>& script) {
  std::optional<RunningRecord> running;
  if (state.host->rank == 0 && state.learn_after.count() > 0)
    running.emplace(state.learn_after, [](const std::string& record) {
      state.host->learn(state.host->context, {record.data(), record.size()});
    });
  return run_program(program, script);
}

int run() {
  int status = 0;
  const int failed = guarded("run", [&] {
    import_log().program_begins();
    allow_exec();
    const Program& program = state.session.program;
    std::optional<BroadcastScript> script;
    if (program.kind == ProgramKind::script) script = script_in_memory(program.name);
    const bool is_repl = program.kind == ProgramKind::interactive || program.inspect;
    status = is_repl ? run_interactive() : run_and_tell(program, script);
    return 0;
  });
  return failed != 0 ? failed : status;
}

// For a record. The interpreter is to end whatever a program has made of its modules.
LoadedModules loaded_modules_if_any() {
  try {
    return loaded_modules();
  } catch (const std::exception&) {
    return {};
  }
}

int finish(int status) {
  const int failed = guarded("end of the interpreter", [&] {
    if (Py_IsInitialized() == 0) return 0;  // the REPL has ended it
    const LoadedModules loaded = loaded_modules_if_any();
    const bool flushed = finalize();
    state.record = make_record(loaded);
    // python3 reports a failed flush of a standard stream as 120.
    return flushed ? 0 : 120;
  });
  return failed != 0 ? failed : status;
}

int has_left() { return native_modules_have_left() ? 1 : 0; }

int release(int communicator) { return release_native_modules(communicator); }

PylaunchSpan record() { return {state.record.data(), state.record.size()}; }

const char* error() { return state.error.c_str(); }

#define PYLAUNCH_STRING_2(value) #value
#define PYLAUNCH_STRING(value) PYLAUNCH_STRING_2(value)

const PylaunchSupport table = {
    PYLAUNCH_SUPPORT_ABI,
    PYLAUNCH_STRING(PY_MAJOR_VERSION) "." PYLAUNCH_STRING(PY_MINOR_VERSION),
    error,
    resolve,
    begin_collect,
    offer_cached,
    collect,
    start,
    publish,
    run,
    finish,
    has_left,
    release,
    record};

}  // namespace

}  // namespace pylaunch::embed

extern "C" __attribute__((visibility("default"))) const PylaunchSupport* pylaunch_support(void) {
  return &pylaunch::embed::table;
}
